"""One shared fixture, with its parameters chosen: its process as the host follows it.

::

    starting --StageStarted--> setup --SharedValue--> serving --end of the socket--> teardown --CaseFinished--> gone
        `----------------------- it may die in any of them: an error of all who ask afterwards ------------------^

What it fails with is never lost: before its value is known, it is the error of the tests that wait for it; afterwards
it is reported at the end of the run, on the last test that has asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from isolated_async_workers.wire.messages import (
    CaseBroken,
    CaseFinished,
    CoverageMeasured,
    Message,
    ProtocolError,
    SetUpShared,
    SharedTornDown,
    SharedValue,
    StacksDumped,
    StageStarted,
    TerminalWritten,
    WarningRecorded,
    WindingUp,
    WorkerExited,
)

from ..choice.selection import path_of
from ..endings.crash_text import shorten
from ..endings.deadline import StageDeadline
from ..endings.memory_kills import MemoryKills
from ..endings.slow import SlowWatch
from ..endings.verdict import CouldNotStart, Ending, Finished, InternalError, Lost, ProtocolBroken, TimedOut
from ..endings.worker_end import ending_of
from ..processes.worker_handle import WorkerHandle
from .plan import Wanted

#: Seconds in which a shared fixture is torn down, whatever limits the session has: the run must end.
TEARDOWN_LIMIT_S = 60.0

_SERVING = "the run"
_WHEN = {"setup": "failed at setup", _SERVING: "was lost while tests used it", "teardown": "failed at teardown"}


#: What somebody has to replay.
SharedEvent = WarningRecorded | TerminalWritten | CoverageMeasured


class Asker(Protocol):
    """What waits for a value: a case, or another shared fixture."""

    is_waiting: bool

    def take_shared(self, events: Iterable[SharedEvent]) -> None:
        """Warnings and the like of the fixture's setup, which are told with those of the asker."""


class SharedInstance:
    """Takes the messages of its process; keeps the answer and, at the end, the problem."""

    def __init__(self, wanted: Wanted, limit_s: float | None, loop_factory: str) -> None:
        self.name = wanted.definition.name
        self.key = wanted.key
        self._wanted = wanted
        self._loop_factory = loop_factory
        #: The last one that has asked.
        self.last = wanted.item
        self.worker: WorkerHandle | None = None
        self.deadline = StageDeadline(limit_s)
        self.slow = SlowWatch(None)
        #: True while it needs another one that is not there yet.
        self.is_waiting = False
        #: The one that it waits for.
        self.waits_for: SharedInstance | None = None
        #: Whose question is not answered yet.
        self.waiting: list[tuple[WorkerHandle, Asker]] = []
        #: None before its setup has ended.
        self.answer: SharedValue | None = None
        #: What has failed since; with what it has printed.
        self.problem = ""
        self.sections: list[list[str]] = []
        #: Warnings and the like, which somebody has to replay.
        self.events: list[SharedEvent] = []
        #: True once code of the suite may have run.
        self.has_started = False
        self._stage = "setup"
        self._memory_kills = MemoryKills.until_now()
        self._known_ending: Ending | None = None
        self._stacks = ""
        self._is_dismissed = False
        self._is_over = False

    @property
    def request(self) -> SetUpShared:
        """What its process is told to be."""
        wanted = self._wanted
        assert self.worker is not None
        node_id, path = str(wanted.item.nodeid), path_of(wanted.item) if self.worker.loads_suite else ""
        return SetUpShared(wanted.definition.id, node_id, wanted.occurrence, path, self.worker.slot, self._loop_factory)

    def dismiss(self, now: float) -> None:
        """Let it be torn down; it may still be in the middle of its setup."""
        assert self.worker is not None
        self._is_dismissed, self.is_waiting = True, False
        self.worker.dismiss()
        self.deadline = StageDeadline(TEARDOWN_LIMIT_S)
        self.deadline.start_stage(now)

    def take(self, message: Message, now: float) -> None:
        """Take one message of its process.

        Raises:
            ProtocolError: it is none that such a process sends.
        """
        match message:
            case StacksDumped(_, _, text):
                self._stacks = text
                if self.deadline.passed:
                    self.deadline.stacks_arrived(now)
            case StageStarted(stage):
                self._stage, self.has_started = stage, True
                self.deadline.start_stage(now)
            case SharedValue() if self.answer is None and message.definition == self._wanted.definition.id:
                self._settle(message, now)
            case SharedTornDown(text, sections):
                self.sections = _checked(sections)
                self._fail(text, self._known_ending)
            case WindingUp():
                self.deadline.wind_up(now)
            case WarningRecorded() | TerminalWritten() | CoverageMeasured():
                self.events.append(message)
            case CaseFinished():
                self._is_over = True
                self.deadline.expect_end(now)
            case CaseBroken(trace, is_ours):
                self.conclude(InternalError(trace) if is_ours else ProtocolBroken(trace))
                self.deadline.expect_end(now)
            case _:
                raise ProtocolError(f"the process of a shared fixture does not send {type(message).__name__}")

    def take_shared(self, events: Iterable[SharedEvent]) -> None:
        """Keep what another one, which this one needs, has to tell."""
        self.events.extend(events)

    def take_events(self) -> list[SharedEvent]:
        """What is to be replayed now, once."""
        events, self.events = self.events, []
        return events

    def time_out(self) -> None:
        """The deadline of what it does now has passed."""
        if not self._is_over and self._known_ending is None:
            assert self.deadline.current_limit_s is not None
            self.conclude(TimedOut(self.deadline.current_limit_s))

    def slow_notice(self, now: float) -> None:
        """It is nobody's test: the tests that wait for it are called slow."""

    def conclude(self, ending: Ending) -> None:
        """Settle how its process ends; the first word counts."""
        if self._known_ending is None:
            self._known_ending = ending

    def could_not_start(self, reason: str) -> None:
        """There is no process for it."""
        self._is_over = True
        self._fail("", CouldNotStart(reason))

    def worker_gone(self, status: WorkerExited | None) -> None:
        """Its process has ended, and so has all that it has left behind."""
        assert self.worker is not None
        if not self._is_over:
            if self._known_ending is None:
                self._known_ending = ending_of(status, True, self.worker, self._memory_kills)
            output = zip(("stdout", "stderr"), self.worker.files.captured(), strict=True)
            last = [[self._stage, f"{kind} of shared fixture {self.name!r} at", text] for kind, text in output if text]
            self.sections = [*self.sections, *last]
            self._fail("", self._known_ending)
        self.worker = None

    def _settle(self, answer: SharedValue, now: float) -> None:
        self.sections = _checked(answer.sections)
        ending, self._known_ending = self._known_ending, None
        if ending is None:
            self.answer = answer
        else:
            self._fail("", ending)
        self._stage, self._stacks = _SERVING, ""
        self.deadline = StageDeadline(TEARDOWN_LIMIT_S)
        if self._is_dismissed:
            self.deadline.start_stage(now)

    def _fail(self, text: str, ending: Ending | None) -> None:
        """It has failed, if one of the two says so: before or after its value was known."""
        if ending is not None and not isinstance(ending, Finished):
            text = self._describe(ending)
        if not text:
            return
        if self.answer is None:
            self.answer = SharedValue(self._wanted.definition.id, "failed", "", text, self.sections)
            return
        self.problem = self.problem or text
        if self._stage == _SERVING:
            # Who asks from now on is told.
            self.answer = SharedValue(self._wanted.definition.id, "failed", "", text, self.sections)

    def _describe(self, ending: Ending) -> str:
        assert not isinstance(ending, Finished)
        why = ending.reason if isinstance(ending, CouldNotStart | Lost) else ending.describe(self._stage)
        parts = [f"shared fixture {self.name!r} {_WHEN[self._stage]}: {why}"]
        crash = self.worker.files.crash_text() if self.worker is not None else ""
        if self._stacks:
            parts.append(f"Tasks and threads when the time was up:\n\n{self._stacks}")
        elif crash:
            parts.append(f"Python stack of its process (faulthandler):\n\n{shorten(crash)}")
        return "\n\n".join(parts)


def _checked(sections: list[list[str]]) -> list[list[str]]:
    if not all(len(each) == 3 for each in sections):
        raise ProtocolError("a section has a stage, a title, and a text")
    return sections
