"""How a case ended, seen from the host.

Ordinary outcomes (passed, failed, skipped, ...) travel in pytest's own reports, and the case's ending is then
:class:`Finished`. Every other ending is one of the kinds below; each says whose fault it is and in which stage
it happened. Each attempt at a case has exactly one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.status_names import signal_name, status_name

if TYPE_CHECKING:
    from ..choice.plugin_timeout import PluginTimeout


#: Of what a test left patched, so many names are told.
_NAMED_PATCHES = 5


@dataclass(frozen=True, slots=True)
class Finished:
    """Every report arrived."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A stage ran longer than its limit."""

    limit_s: float
    #: Who has set the limit, if it is none of ours.
    setting: PluginTimeout | None = None

    def describe(self, stage: str) -> str:
        text = f"took longer than {self.limit_s:g} s"
        if self.setting is None:
            return f"Timeout: {stage} {text}"
        text += f", the limit that pytest-timeout has from {self.setting.given_by}"
        return f"Timeout: {stage} {text}" if self.setting.call_only else f"Timeout: the test {text}; it was in {stage}"


@dataclass(frozen=True, slots=True)
class KilledBySignal:
    """The worker process was killed: it crashed, or somebody sent it a signal."""

    signal: int
    #: What else is known, to stand after the stage.
    circumstances: str = ""

    def describe(self, stage: str) -> str:
        return f"the worker process was killed by {signal_name(self.signal)} during {stage}{self.circumstances}"


@dataclass(frozen=True, slots=True)
class ExitedEarly:
    """The worker process left before the case was over: ``os._exit``, or another program took its place."""

    exit_code: int
    #: What else is known, to stand after the stage.
    circumstances: str = ""

    def describe(self, stage: str) -> str:
        return f"the worker process exited with status {status_name(self.exit_code)} during {stage}{self.circumstances}"


@dataclass(frozen=True, slots=True)
class CouldNotReport:
    """The case has ended and the worker has left, but nobody knows how it ended: the test took away what tells."""

    reason: str

    def describe(self, stage: str) -> str:
        return f"the worker process could not report what happened since {stage} began: {self.reason}"


@dataclass(frozen=True, slots=True)
class CouldNotStart:
    """No worker could be had for this case, or the worker side does not have this test."""

    reason: str

    def describe(self, stage: str) -> str:
        return f"the isolated test could not start: {self.reason}"


@dataclass(frozen=True, slots=True)
class Lost:
    """The case had started when something that it needs went away; it is not started twice."""

    reason: str

    def describe(self, stage: str) -> str:
        return f"the isolated test was lost during {stage}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ProtocolBroken:
    """Pytest or a plugin has failed to run or to report the test, where in process the session ends."""

    detail: str

    def describe(self, stage: str) -> str:
        return (
            f"pytest or a plugin failed to run or report this test during {stage}; in process this ends the session\n"
            f"{self.detail}"
        )


@dataclass(frozen=True, slots=True)
class RunnerBroken:
    """The test left the standard library patched in a way with which pytest could not go on."""

    patched: list[str]
    traceback: str

    def describe(self, stage: str) -> str:
        names = ", ".join(self.patched[:_NAMED_PATCHES]) + (", ..." if len(self.patched) > _NAMED_PATCHES else "")
        return f"pytest could not go on during {stage}: the test left {names} patched\n{self.traceback}"


@dataclass(frozen=True, slots=True)
class BrokenChannel:
    """What came out of the worker is no message: the test has written to descriptors that are not its own."""

    detail: str

    def describe(self, stage: str) -> str:
        return (
            f"the worker process sent what is no message of isolated-async during {stage}: {self.detail}\n"
            "A test that writes to descriptors which it has not opened does that; else please report it"
        )


@dataclass(frozen=True, slots=True)
class InternalError:
    """A mistake of isolated-async, not of the test."""

    detail: str

    def describe(self, stage: str) -> str:
        return f"internal error of isolated-async during {stage}; please report it\n{self.detail}"


Ending = (
    Finished
    | TimedOut
    | KilledBySignal
    | ExitedEarly
    | CouldNotReport
    | CouldNotStart
    | Lost
    | ProtocolBroken
    | RunnerBroken
    | BrokenChannel
    | InternalError
)


@dataclass(frozen=True, slots=True)
class Remains:
    """What a worker, or a stage that was broken off, left in the host's hands.

    Attributes:
        stage: the stage that was running (setup, call or teardown), or ``start``.
        started: ``time.time()`` when that stage started.
        why: what kept the loop from running when the time was up, as the worker saw it; may be empty.
        stacks: tasks and threads as the worker itself described them, empty if it could not.
        crash: what faulthandler wrote.
        stdout: captured output of that stage so far.
    """

    stage: str
    started: float
    why: str
    stacks: str
    crash: str
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """A stage whose time was up and that the worker has ended: its verdict is the host's, and the case goes on.

    Attributes:
        report: what the worker made of the stage's end, as ``pytest_report_to_serializable`` has it.
    """

    ending: TimedOut
    remains: Remains
    report: dict[str, Any]
