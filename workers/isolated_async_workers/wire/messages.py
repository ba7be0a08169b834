"""The messages: one closed union of frozen dataclasses, in plain data.

Who sends what to whom is drawn in ``wire/__init__.py``. All of them stand here, however many they get: whoever adds one
sees what is there, and no file can have a message that the union has not.

A field holds only what JSON can hold; ``plain_data.py`` checks each one when a message arrives.
"""

from __future__ import annotations

from typing import Any, Literal, Union

from .light_dataclass import dataclass

#: Raised by one whenever a message changes its meaning or its fields.
PROTOCOL_VERSION = 19


class ProtocolError(Exception):
    """The peer sent something that is not a message of this protocol version: a bug of ours; report it."""


@dataclass(frozen=True, slots=True)
class CollectSuite:
    """Host to a fresh zygote, or to a spawned worker: collect the suite that these pytest arguments name.

    ``worker_input`` is what xdist told the host, if that is an xdist worker: plugins ask for it. ``options`` are the
    plain ones that the host has by now: a plugin may have set one of them, like the seed of a random order.
    ``coverage`` are the settings of what measures the host, as coverage serializes them; empty if nothing does, or a
    plugin sees to it. ``not_forked`` are modules that a zygote must not import; if there are any, it tries the import
    of every other one in a copy of itself first.
    """

    arguments: list[str]
    directory: str
    basetemp: str
    worker_input: dict[str, Any] | None
    options: dict[str, Any]
    coverage: str
    not_forked: list[str]


@dataclass(frozen=True, slots=True)
class CollectTests:
    """Host to a fresh zygote, or to a spawned worker: import these tests of a ``unittest`` run.

    ``tests`` are test id, module, qualified name of the class, and method; ``main`` is the file whose module is
    ``__main__``, or empty. ``failfast`` and ``tb_locals`` are those of the run's result.
    """

    tests: list[list[str]]
    main: str
    directory: str
    failfast: bool
    tb_locals: bool


@dataclass(frozen=True, slots=True)
class ConnectMachine:
    """Host to a relay: have this suite collected on the machine that the last of ``specs`` leads to.

    ``specs`` are of execnet's; those before the last one are the ways there (``via=``). ``chdir`` is where the suite
    lies over there, or empty where it lies in ``directory``, as here; ``is_searched`` if modules are looked for in it.
    ``arguments``, ``options`` and ``coverage`` are those of :class:`CollectSuite`, and ``addopts`` is
    ``PYTEST_ADDOPTS``. What must be the same there: ``node_ids``, and ``digests`` of files, by their names relative to
    ``directory``. ``collects_less`` where this side may have left out tests for a reason that the other one cannot
    know.
    """

    specs: list[str]
    chdir: str
    directory: str
    is_searched: bool
    arguments: list[str]
    options: dict[str, Any]
    coverage: str
    addopts: str
    node_ids: list[str]
    digests: dict[str, Any]
    collects_less: bool


@dataclass(frozen=True, slots=True)
class MachineProven:
    """Relay to host: the machine has the same tests; ``directory`` is where the suite lies over there."""

    directory: str


@dataclass(frozen=True, slots=True)
class MachineLost:
    """Relay to host: no worker can come from that machine, or no more, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class ZygoteReady:
    """Zygote to host: collected, frozen, ready to fork.

    ``node_ids`` is None where it shares the host's items; ``threads`` are all of the process, 1 where forking is safe.
    ``not_forked`` are further modules that it has not imported, and what their import would have left; ``errors`` say
    what could not be collected.
    """

    protocol: int
    node_ids: list[str] | None
    threads: int
    not_forked: dict[str, str]
    errors: list[str]


@dataclass(frozen=True, slots=True)
class ZygoteFailed:
    """Zygote to host: no worker can come from here, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class ForkWorker:
    """Host to zygote: fork one worker; its descriptors travel with this frame (see ``descriptors.py``).

    ``anyway`` if the user wants it even where threads run in the zygote.
    """

    worker: int
    anyway: bool


@dataclass(frozen=True, slots=True)
class SpawnWorker:
    """Host to zygote: start a worker by this command, to which the numbers of its descriptors are added."""

    worker: int
    command: list[str]


@dataclass(frozen=True, slots=True)
class SignalWorker:
    """Host to zygote: send this signal to the worker, or to its whole process group."""

    worker: int
    signal: int
    whole_group: bool


@dataclass(frozen=True, slots=True)
class WorkerForked:
    """Zygote to host."""

    worker: int


@dataclass(frozen=True, slots=True)
class WorkerNotForked:
    """Zygote to host: the operating system has refused to start a worker, or the zygote to fork, and why.

    ``unsafe`` if nothing is to be forked any more: a thread may be in the middle of something.
    """

    worker: int
    reason: str
    unsafe: bool


@dataclass(frozen=True, slots=True)
class WorkerExited:
    """Zygote to host: the worker and everything that it left behind is gone.

    Exactly one of ``exit_code`` and ``signal`` is set. ``peak_rss_bytes`` is the largest resident set, from ``wait4``.
    ``last_words`` is empty, or one of ``last_words.py``.
    """

    worker: int
    exit_code: int | None
    signal: int | None
    peak_rss_bytes: int
    last_words: str


@dataclass(frozen=True, slots=True)
class WorkerMeasured:
    """Zygote to host, where a profile is wanted, before ``WorkerExited``: what this worker has cost.

    Times are monotonic seconds of that machine: ``begun_at`` when the zygote began to start it, ``ended_at`` when its
    end was seen, ``gone_at`` when all that it left behind was gone. The zygote's own CPU seconds and minor page faults
    for the start are ``start_cpu_s`` and ``start_faults``, those between its end and ``gone_at`` ``reap_cpu_s`` and
    ``reap_faults``. ``cpu_s`` and ``faults`` are those of the worker, from ``wait4``.
    """

    worker: int
    begun_at: float
    start_cpu_s: float
    start_faults: int
    ended_at: float
    gone_at: float
    reap_cpu_s: float
    reap_faults: int
    cpu_s: float
    faults: int


@dataclass(frozen=True, slots=True)
class RunCase:
    """Host to worker: run the ``occurrence``-th collected item with this node id (0 but for duplicates).

    ``leaks`` is ``ignore``, ``warn`` or ``error``; ``nested`` makes the loop re-entrant; ``loop_factory`` is a dotted
    name, or empty where the test's marker has a callable, or nobody has asked for one. ``failures`` is how many the
    session has reported so far: at ``--maxfail`` of them a test tears down what it shares with the next one.
    ``next_node_id`` and ``next_occurrence`` name the case that this worker gets next; empty if this is its last one.
    ``attempt`` counts from 1 where a plugin may run the test again, and whether a failure counts is then decided in the
    host; 0 for every other test. ``path`` is the test's file: a spawned worker collects that alone. ``slot`` is a
    number that no other worker of this machine has meanwhile: of N at a time, N numbers are used.
    """

    node_id: str
    occurrence: int
    path: str
    slot: int
    leaks: str
    nested: bool
    loop_factory: str
    failures: int
    next_node_id: str
    next_occurrence: int
    attempt: int


@dataclass(frozen=True, slots=True)
class SetUpShared:
    """Host to worker: be the process of this shared fixture, as the named test would have it set up.

    ``definition`` is a key of ``SharedDefinitions.by_id``; ``loop_factory`` is a dotted name, or empty. The fixture is
    torn down when the host has nothing more to say on this socket. ``path`` is the test's file, ``slot`` a
    number that no other worker has meanwhile.
    """

    definition: str
    node_id: str
    occurrence: int
    path: str
    slot: int
    loop_factory: str


@dataclass(frozen=True, slots=True)
class SharedValueWanted:
    """Worker to host: this test needs this shared fixture, and waits for its ``SharedValue``."""

    definition: str
    node_id: str
    occurrence: int


@dataclass(frozen=True, slots=True)
class SharedValue:
    """A shared fixture's process to the host, and the host to every worker that asks: how its setup ended.

    ``value`` is pickled and only for ``passed``; for every other outcome ``text`` says why. ``sections`` are what the
    setup has printed and logged: stage, title, and text of each.
    """

    definition: str
    outcome: Literal["passed", "failed", "skipped", "xfailed", "exit"]
    value: str
    text: str
    sections: list[list[str]]


@dataclass(frozen=True, slots=True)
class SharedTornDown:
    """A shared fixture's process to the host: its teardown is over; ``text`` says what failed in it, or is empty."""

    text: str
    sections: list[list[str]]


@dataclass(frozen=True, slots=True)
class CallFunction:
    """Host to worker: call a function (``run_isolated``).

    ``call`` is pickled: the function, its arguments, its keyword arguments, and what makes the loop: a callable, a
    dotted name, or None. The rest is how the caller's process is now: its directory (empty if it has none), its
    ``sys.path``, ``sys.argv`` and ``os.environ``.
    """

    call: str
    directory: str
    path: list[str]
    arguments: list[str]
    environment: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CallReturned:
    """Worker to host: the function has returned this pickled value; where it cannot be sent, ``problem`` says why."""

    value: str
    problem: str


@dataclass(frozen=True, slots=True)
class CallRaised:
    """Worker to host: the function has raised this pickled exception; ``error`` is empty where it cannot be pickled.

    ``kind`` is its class, with the module, ``text`` is what it says, ``traceback`` is all of it.
    """

    error: str
    kind: str
    text: str
    traceback: str


@dataclass(frozen=True, slots=True)
class StageStarted:
    """Worker to host: a stage begins; the call of a function is one, from before its code is imported."""

    stage: Literal["setup", "call", "teardown"]


@dataclass(frozen=True, slots=True)
class WindingUp:
    """Worker to host: the last finalizer has run; the worker ends what is left, each thing under a limit of its own."""


@dataclass(frozen=True, slots=True)
class StageRaised:
    """Worker to host: what the stage has raised of which the report comes next; only for tests that may run again.

    Module, qualified name and text of the exception, and then of each of its causes or contexts; each ends with how it
    belongs to the one before: ``cause``, ``context``, or nothing for the first.
    """

    errors: list[list[str]]


@dataclass(frozen=True, slots=True)
class ReportLogged:
    """Worker to host: what ``pytest_report_to_serializable`` made of a report."""

    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class WarningRecorded:
    """Worker to host: the arguments of ``pytest_warning_recorded``.

    ``module`` and ``category`` name the warning class; ``category`` may be dotted.
    """

    text: str
    module: str
    category: str
    filename: str
    lineno: int
    line: str | None
    when: str
    node_id: str
    location: list[str | int] | None


@dataclass(frozen=True, slots=True)
class TerminalWritten:
    """Worker to host: text that pytest itself wrote to the terminal (``--setup-show``, live logs)."""

    text: str


@dataclass(frozen=True, slots=True)
class FalseGreenFound:
    """Worker to host: in process, this test passes without its body having run; it has run, or failed, here."""


@dataclass(frozen=True, slots=True)
class WideFixtureSetUp:
    """Worker to host: a fixture that is wider than a test was set up for this one, and has taken its time.

    ``variant`` tells one parameter of it from another.
    """

    name: str
    scope: str
    variant: int
    seconds: float


@dataclass(frozen=True, slots=True)
class CoverageMeasured:
    """Worker to host: what coverage has measured since the last one.

    ``files`` maps names to line numbers, or, with ``arcs``, to pairs of them, flat. ``tracers`` maps names to the
    coverage plugin that traces them.
    """

    context: str
    arcs: bool
    files: dict[str, Any]
    tracers: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OutcomeTold:
    """Worker to host, in a ``unittest`` run: what the result of this test is told.

    ``method`` is the one of ``TestResult``. ``fixture`` names the class or module fixture that it is about, as unittest
    does; it is empty for the test itself. ``text`` is what is shown: a whole traceback, or the reason of a skip;
    ``error`` and ``message`` are the name of the exception's class and its own text, empty if there is none; in a
    subtest, ``is_failure`` tells a failure from an error.
    ``subtest`` holds ``message``, a text or None, and ``params``, names to reprs.
    """

    method: Literal[
        "startTest",
        "addSuccess",
        "addError",
        "addFailure",
        "addSkip",
        "addExpectedFailure",
        "addUnexpectedSuccess",
        "addSubTest",
        "addDuration",
    ]
    fixture: str = ""
    text: str = ""
    error: str = ""
    message: str = ""
    is_failure: bool = False
    subtest: dict[str, Any] | None = None
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StagesMeasured:
    """Worker to host, where a profile is wanted: what it has begun since the last one of these.

    Each of ``begun`` is the name of a stage (``stages.py``), monotonic seconds of that machine, and the CPU seconds and
    minor page faults of the worker until then.
    """

    begun: list[list[Any]]


@dataclass(frozen=True, slots=True)
class PluginNoted:
    """Worker to host: what an ordinary plugin keeps in its process, for that plugin in the host.

    ``plugin`` names the two modules that know it, ``plugins/<name>.py`` on either side; ``note`` is packed as in
    ``properties.py``.
    """

    plugin: str
    note: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DebuggerOpened:
    """Worker to host: a debugger waits for the user's terminal, as which group of processes."""

    process_group: int


@dataclass(frozen=True, slots=True)
class TerminalLent:
    """Host to worker: use it; the host's stdin, stdout and stderr travel with this frame."""


@dataclass(frozen=True, slots=True)
class TerminalRefused:
    """Host to worker: the debugger cannot have it, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class DebuggerClosed:
    """Worker to host: the terminal is the host's again."""


@dataclass(frozen=True, slots=True)
class StacksDumped:
    """Worker to host: where every task and thread of the worker stood when it was asked.

    ``why`` says what kept the loop from running; empty if nothing did. ``place`` is the line of the user's code that it
    stood at, or awaited in; empty if that is not known.
    """

    why: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class SessionStopRequested:
    """Worker to host: the case asked for the end of the session.

    ``kind`` is ``exit`` (``pytest.exit``), ``interrupt`` (KeyboardInterrupt), or the attribute of the session that
    the case or a hook has set: ``shouldstop`` or ``shouldfail``.
    """

    kind: Literal["exit", "interrupt", "shouldstop", "shouldfail"]
    reason: str
    returncode: int | None


@dataclass(frozen=True, slots=True)
class CaseRefused:
    """Worker to host: this case cannot be run here, and why: the suite collected here does not have it.

    Or this function cannot be called here: what was sent cannot be loaded.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class CaseBroken:
    """Worker to host: the runtest protocol itself raised.

    ``is_ours`` tells whether our own code was at fault; ``patched`` names functions and classes of the standard library
    that the test had left patched.
    """

    traceback: str
    is_ours: bool
    patched: list[str]


@dataclass(frozen=True, slots=True)
class CaseFinished:
    """Worker to host: every report of this case has been sent.

    ``leaves_nothing`` is true if the next case need not wait until this worker is gone: see parting.py.
    """

    leaves_nothing: bool = False


Message = Union[  # noqa: UP007 - typing.get_args reads the union at run time on 3.10 too
    CollectSuite,
    CollectTests,
    ConnectMachine,
    MachineProven,
    MachineLost,
    ZygoteReady,
    ZygoteFailed,
    ForkWorker,
    SpawnWorker,
    SignalWorker,
    WorkerForked,
    WorkerNotForked,
    WorkerMeasured,
    WorkerExited,
    RunCase,
    SetUpShared,
    SharedValueWanted,
    SharedValue,
    SharedTornDown,
    CallFunction,
    CallReturned,
    CallRaised,
    StageStarted,
    WindingUp,
    StageRaised,
    ReportLogged,
    WarningRecorded,
    TerminalWritten,
    FalseGreenFound,
    WideFixtureSetUp,
    CoverageMeasured,
    OutcomeTold,
    StagesMeasured,
    PluginNoted,
    DebuggerOpened,
    TerminalLent,
    TerminalRefused,
    DebuggerClosed,
    StacksDumped,
    SessionStopRequested,
    CaseRefused,
    CaseBroken,
    CaseFinished,
]
