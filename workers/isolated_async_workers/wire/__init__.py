"""What crosses a process boundary: messages (the meaning) and framing (the bytes).

::

    host                         zygote                       worker
    ----                         ------                       ------
    CollectSuite  ------------>                                            (fresh interpreter only)
                  <------------  ZygoteReady | ZygoteFailed
    ForkWorker + descriptors ->  fork  -------------------->  waits
                  <------------  WorkerForked | WorkerNotForked
    RunCase       ------------------------------------------> runs the case
                  <------------------------------------------ StageStarted, ReportLogged,
                                                              WarningRecorded, TerminalWritten,
                                                              StacksDumped, SessionStopRequested,
                                                              CaseRefused | CaseBroken | CaseFinished
    SignalWorker  ------------>  kill  -------------------->
                  <------------  WorkerExited

This package imports nothing but the standard library.
"""
