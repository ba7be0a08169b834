"""One attempt at one isolated test, as the host follows it.

::

    waiting --start--> starting --StageStarted--> setup --> call --> teardown --CaseFinished--> leaving --> ended
                           `------------- any of them may end otherwise: see verdict.py ---------------------^

A stage whose time is up is broken off by its worker, and the next one follows; or else its worker is killed.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from isolated_async_workers.wire.messages import (
    CaseBroken,
    CaseFinished,
    CaseRefused,
    CoverageMeasured,
    DebuggerClosed,
    DebuggerOpened,
    FalseGreenFound,
    Message,
    OutcomeTold,
    PluginNoted,
    ProtocolError,
    ReportLogged,
    RunCase,
    SessionStopRequested,
    StacksDumped,
    StageRaised,
    StagesMeasured,
    StageStarted,
    TerminalWritten,
    WarningRecorded,
    WideFixtureSetUp,
    WindingUp,
    WorkerExited,
)

from ..choice.selection import IsolatedItem
from ..endings.crash_text import innermost_place
from ..endings.deadline import StageDeadline
from ..endings.item_deadline import ItemDeadline
from ..endings.memory_kills import MemoryKills
from ..endings.slow import SlowNotice, SlowWatch
from ..endings.verdict import (
    BrokenOff,
    CouldNotStart,
    Ending,
    Finished,
    InternalError,
    Lost,
    ProtocolBroken,
    Remains,
    RunnerBroken,
    TimedOut,
)
from ..endings.worker_end import ending_of
from ..processes.worker_handle import WorkerHandle
from ..shared.instance import SharedEvent
from .events import Event
from .request import run_case

#: The stage of a case whose worker has not said yet that setup begins.
START = "start"


class Case:
    """Takes the worker's messages; keeps the events to replay and, at the end, the ending."""

    def __init__(
        self,
        isolated: IsolatedItem,
        following: IsolatedItem | None = None,
        slow_s: float | None = None,
        attempt: int = 1,
    ) -> None:
        """``following`` is the case that its worker gets next; after ``slow_s`` seconds it is called slow."""
        self.isolated = isolated
        self._attempt = attempt
        self.following = following
        #: None until it has one, and if it cannot be started.
        self.worker: WorkerHandle | None = None
        #: True while it would get another worker if its own were killed before the case has begun.
        self.has_another_try = True
        plugins = isolated.plugin_timeout
        self.deadline = StageDeadline(isolated.timeout_s) if plugins is None else ItemDeadline(plugins)
        self.slow = SlowWatch(slow_s)
        #: True while its time does not count: it needs a shared fixture that is not set up yet, or has a debugger open.
        self.is_waiting = False
        self.events: deque[Event] = deque()
        self.ending: Ending | None = None
        #: What is known of one that has not finished.
        self.remains: Remains | None = None
        self._memory_kills = MemoryKills.until_now()
        self._stage = START
        self._stage_started = time.time()
        #: When its first stage began, on the deadline's clock.
        self.began: float | None = None
        #: True once a stage was broken off: what is left may be in any state, and its worker takes no further case.
        self.was_broken_off = False
        # Stages that were broken off, until the worker's own report of each arrives, at once or at the end of the case.
        self._broken_off: dict[str, tuple[TimedOut, Remains]] = {}
        self._stops_session = False
        self._answer = StacksDumped("", "", "")
        self._place = ""
        # What the worker or the host has said about the end; the exit status decides only where this is None.
        self._known_ending: Ending | None = None

    @property
    def request(self) -> RunCase:
        """What the worker is told to run."""
        assert self.worker is not None
        return run_case(self.isolated, self.following, self.worker, self._attempt)

    @property
    def has_started(self) -> bool:
        """True once code of the test may have run."""
        return self._stage != START

    @property
    def may_be_tried_again(self) -> bool:
        """True if no code of the test has run, nothing is known against the case, and it has another try."""
        return self.has_another_try and not self.has_started and self._known_ending is None

    def take_shared(self, events: Iterable[SharedEvent]) -> None:
        """Keep what a shared fixture that this test has asked for has to tell."""
        self.events.extend(events)

    def take(self, message: Message, now: float) -> None:
        """Take one message of the worker's; ``now`` is on the deadline's clock.

        Raises:
            ProtocolError: it is none that a worker sends.
        """
        if isinstance(message, StacksDumped):
            self._take_answer(message, now)
            return
        if isinstance(message, CoverageMeasured | StagesMeasured):
            self.events.append(message)  # It has run, whatever the verdict is.
            return
        if self.deadline.given_up:
            # The verdict is the timeout, or has been told; what a dying worker still says does not count.
            return
        if self.deadline.passed:
            if not (isinstance(self._known_ending, TimedOut) and self._ends_stage(message)):
                return  # Nor what a stage says while it is being ended.
            self._break_off(self._known_ending, now)
        self._follow(message, now)

    def _follow(self, message: Message, now: float) -> None:
        match message:
            case ReportLogged(report) if (stage := _stage_of(report)) in self._broken_off:
                ending, remains = self._broken_off.pop(stage)
                self.events.append(BrokenOff(ending, remains, report))
            case StageStarted(stage):
                self._stage, self._stage_started = stage, time.time()
                self.began = now if self.began is None else self.began
                self.deadline.start_stage(now, stage)
                self.slow.start_stage(now)
            case WindingUp():
                self.deadline.wind_up(now)
            case (
                StageRaised()
                | ReportLogged()
                | WarningRecorded()
                | TerminalWritten()
                | SessionStopRequested()
                | OutcomeTold()
            ):
                self.events.append(message)
                self._stops_session = self._stops_session or isinstance(message, SessionStopRequested)
            case FalseGreenFound() | WideFixtureSetUp() | PluginNoted():
                self.events.append(message)
            case DebuggerOpened() | DebuggerClosed():
                self.is_waiting = isinstance(message, DebuggerOpened)
                self.events.append(message)
            case CaseFinished(leaves_nothing):
                self._finish(now, leaves_nothing)
            case CaseRefused(reason):
                self.conclude(CouldNotStart(reason), now)
            case CaseBroken(traceback, _, [_, *_] as patched):
                self.conclude(RunnerBroken(patched, traceback), now)
            case CaseBroken(traceback, is_ours):
                self.conclude(InternalError(traceback) if is_ours else ProtocolBroken(traceback), now)
            case _:
                raise ProtocolError(f"a worker does not send {type(message).__name__}")

    def _finish(self, now: float, leaves_nothing: bool) -> None:
        if self._stage in ("setup", "call") and not self._stops_session:
            raise ProtocolError(f"CaseFinished in the middle of {self._stage}")
        if self._broken_off:
            # Whatever runs the protocol there has not reported the stage.
            self.conclude(next(iter(self._broken_off.values()))[0], now)
        elif self.following is None:
            self.conclude(Finished(), now)
            if leaves_nothing:
                self._settle()
        elif self.was_broken_off:
            self.conclude(Finished(), now)
            assert self.worker is not None
            self.worker.dismiss()
        else:
            # The worker stays for the next case of its group.
            self.conclude(Finished())
            self._settle()

    def expect_start(self, now: float) -> None:
        """From ``now`` on its worker, if that exists, must begin soon."""
        assert self.worker is not None
        if self.worker.is_forked and not self.has_started:
            self.deadline.expect_start(now, self.worker.method.limit_s)

    def slow_notice(self, now: float) -> SlowNotice | None:
        """What is to be told of the case now, if it is slow."""
        seconds = self.slow.tell_now(now)
        if seconds is None:
            return None
        assert self.worker is not None
        place = self._place or innermost_place(self.worker.files.crash_text())
        self._place = ""
        # What it was asked for now is not how it ends.
        self.worker.files.forget_crash_text()
        return SlowNotice(self.isolated.item.nodeid, self._stage, seconds, place)

    def time_out(self) -> None:
        """The deadline of the current stage has passed."""
        self.slow.stop()
        if self._known_ending is None:
            assert self.deadline.current_limit_s is not None
            self._known_ending = TimedOut(self.deadline.current_limit_s, self.deadline.current_setting)

    def conclude(self, ending: Ending, now: float | None = None) -> None:
        """Settle how the case ended; the first word counts. From ``now`` on the worker only has to leave."""
        if self._known_ending is None:
            self._known_ending = ending
        if now is not None:
            self.slow.stop()
            self.deadline.expect_end(now)

    def lose(self, reason: str) -> None:
        """What it ran on is gone. A timeout to which no worker has answered may have been just that."""
        if isinstance(self._known_ending, TimedOut) and not self._answer.text:
            self._known_ending = None
        self.conclude(Lost(reason) if self.has_started else CouldNotStart(reason))

    def worker_exited(self, exit_status: WorkerExited | None, *, was_here: bool = True) -> None:
        """The worker is gone, and so is everything it left behind; None if nobody knows how it went."""
        if self._known_ending is None:
            assert self.worker is not None
            # What the kernel has counted here says nothing of another machine.
            memory_kills = self._memory_kills if was_here else None
            self._known_ending = ending_of(exit_status, self.has_started, self.worker, memory_kills)
        self._settle()

    def _take_answer(self, answer: StacksDumped, now: float) -> None:
        if self.deadline.passed:
            self._answer = answer
            self.deadline.stacks_arrived(now)
        else:
            self._place = answer.place
            self.slow.answer(now)

    def _settle(self) -> None:
        self.ending = self._known_ending
        if not isinstance(self.ending, Finished):
            self.remains = self._remains(*(self.worker.files.captured() if self.worker is not None else ("", "")))

    def _ends_stage(self, message: Message) -> bool:
        if isinstance(message, ReportLogged):
            return _stage_of(message.report) == self._stage
        return isinstance(message, StageStarted | WindingUp | CaseFinished | CaseBroken)

    def _break_off(self, ending: TimedOut, now: float) -> None:
        """The worker has ended the stage whose time was up; what that has printed is in the worker's report of it."""
        self._broken_off[self._stage] = ending, self._remains()
        self.was_broken_off = True
        self._known_ending = None
        self.deadline.expect_end(now)

    def _remains(self, stdout: str = "", stderr: str = "") -> Remains:
        crash = self.worker.files.crash_text() if self.worker is not None else ""
        return Remains(self._stage, self._stage_started, self._answer.why, self._answer.text, crash, stdout, stderr)


def _stage_of(report: dict[str, Any]) -> str | None:
    """The stage that this report is about; None for that of a subtest."""
    stage = report.get("when")
    return stage if report.get("$report_type") == "TestReport" and isinstance(stage, str) else None
