"""What crosses a process boundary: messages (the meaning) and framing (the bytes).

::

    host                         zygote                       worker
    ----                         ------                       ------
    CollectSuite  ------------>                                            (fresh interpreter only)
    CollectTests  ------------>                                            (the same, in a unittest run)
    ConnectMachine ----------->                                            (relay: stands for one elsewhere)
                  <------------  MachineProven, later MachineLost            (the same)
                  <------------  ZygoteReady | ZygoteFailed
    ForkWorker + descriptors ->  fork  -------------------->  waits
    SpawnWorker + descriptors >  exec  -------------------->  waits          (a fresh interpreter)
                  <------------  WorkerForked | WorkerNotForked
    RunCase       ------------------------------------------> runs the case (of a group, one after another)
                  <------------------------------------------ StageStarted, WindingUp,
                                                              StageRaised, ReportLogged,
                                                              WarningRecorded, TerminalWritten,
                                                              StacksDumped, SessionStopRequested,
                                                              FalseGreenFound, WideFixtureSetUp,
                                                              CoverageMeasured,
                                                              OutcomeTold, PluginNoted,
                                                              StagesMeasured (where a profile is wanted),
                                                              CaseRefused | CaseBroken | CaseFinished
                  <------------------------------------------ SharedValueWanted
    SharedValue   ------------------------------------------> goes on with its setup
    SetUpShared   ------------------------------------------> sets a shared fixture up, and keeps its loop running
                  <------------------------------------------ SharedValue
    end of the socket --------------------------------------> tears it down
                  <------------------------------------------ SharedTornDown, CaseFinished
    CallFunction  ------------------------------------------> calls a function (of a zygote that has no suite)
                  <------------------------------------------ StageStarted, StacksDumped, WindingUp,
                                                              CaseRefused | CallReturned | CallRaised
                  <------------------------------------------ DebuggerOpened
    TerminalLent + descriptors | TerminalRefused ----------->
                  <------------------------------------------ DebuggerClosed
    SignalWorker  ------------>  kill  -------------------->
                  <------------  WorkerMeasured (where a profile is wanted), WorkerExited

This package imports nothing but the standard library.
"""
