"""What the host makes of a worker's messages and of its end, with a worker that only exists on paper."""

from __future__ import annotations

from typing import Any

import pytest

from isolated_async.cases.case import Case
from isolated_async.choice.selection import IsolatedItem
from isolated_async.endings.verdict import (
    BrokenOff,
    CouldNotReport,
    CouldNotStart,
    Ending,
    ExitedEarly,
    Finished,
    InternalError,
    KilledBySignal,
    ProtocolBroken,
    RunnerBroken,
    TimedOut,
)
from isolated_async.processes.step import INTERRUPT, TERMINATE
from isolated_async_workers.wire import last_words
from isolated_async_workers.wire.messages import (
    CaseBroken,
    CaseFinished,
    CaseRefused,
    Message,
    ProtocolError,
    ReportLogged,
    RunCase,
    SessionStopRequested,
    StacksDumped,
    StageStarted,
    TerminalWritten,
    WorkerExited,
)


class PaperFiles:
    def captured(self) -> tuple[str, str]:
        return "out", "err"

    def crash_text(self) -> str:
        return "stack"


class PaperWorker:
    """Stands where a WorkerHandle stands once the process is gone."""

    number = 1
    slot = 0
    loads_suite = False
    has_run = False
    was_cut_off = False
    files = PaperFiles()

    def dismiss(self) -> None:
        self.is_dismissed = True


class PaperItem:
    nodeid = "test_a.py::test_a"


def exited(code: int | None = 0, signal: int | None = None, words: str = "") -> WorkerExited:
    return WorkerExited(1, code, signal, 0, words)


def case_after(*messages: Message, limit_s: float | None = None) -> Case:
    item: Any = PaperItem()
    worker: Any = PaperWorker()
    case = Case(IsolatedItem(item, 0, limit_s))
    case.worker = worker
    for now, message in enumerate(messages):
        case.take(message, now)
    return case


STAGES = (StageStarted("setup"), StageStarted("call"))


@pytest.mark.parametrize(
    ("messages", "status", "ending", "stage"),
    [
        ((*STAGES, StageStarted("teardown"), CaseFinished()), exited(), Finished(), None),
        ((*STAGES, StageStarted("teardown"), CaseFinished()), exited(None, 9), Finished(), None),
        ((*STAGES, SessionStopRequested("exit", "", 0), CaseFinished()), exited(), Finished(), None),
        (STAGES, exited(), ExitedEarly(0), "call"),
        (STAGES, exited(77), ExitedEarly(77), "call"),
        (STAGES, exited(None, 11), KilledBySignal(11), "call"),
        # Whatever it left to say, the signal is what ended it.
        (STAGES, exited(None, 11, last_words.CHANNEL_LOST), KilledBySignal(11), "call"),
        (STAGES, exited(70, words=last_words.FAILED), InternalError("stack"), "call"),
        (STAGES[:1], exited(None, 6), KilledBySignal(6), "setup"),
        ((), exited(None, 9), KilledBySignal(9), "start"),
        ((), exited(70), InternalError("the worker left with status 70 before it ran anything"), "start"),
        ((CaseRefused("unknown"), CaseFinished()), exited(), CouldNotStart("unknown"), "start"),
        ((*STAGES, CaseBroken("Traceback", True, [])), exited(), InternalError("Traceback"), "call"),
        ((*STAGES, CaseBroken("Traceback", False, [])), exited(), ProtocolBroken("Traceback"), "call"),
        ((*STAGES, CaseBroken("Traceback", True, ["os.x"])), exited(), RunnerBroken(["os.x"], "Traceback"), "call"),
    ],
)
def test_one_ending(messages: tuple[Message, ...], status: WorkerExited, ending: Ending, stage: str | None) -> None:
    case = case_after(*messages)
    assert case.ending is None
    case.worker_exited(status)
    assert case.ending == ending
    if stage is None:
        assert case.remains is None
    else:
        assert case.remains is not None
        assert (case.remains.stage, case.remains.stdout, case.remains.crash) == (stage, "out", "stack")


def test_the_end_of_a_worker_that_leaves_nothing_is_not_waited_for() -> None:
    case = case_after(*STAGES, StageStarted("teardown"), CaseFinished(leaves_nothing=True))
    assert case.ending == Finished()
    # It must leave all the same.
    assert case.deadline.at is not None
    with pytest.raises(ProtocolError, match="CaseFinished in the middle of call"):
        case_after(*STAGES, CaseFinished(leaves_nothing=True))


def test_what_no_worker_sends_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError, match="a worker does not send RunCase"):
        case_after(*STAGES, RunCase("a", 0, "a.py", 0, "warn", False, "", 0, "", 0, 0))


def test_nobody_knows_how_it_ended() -> None:
    case = case_after(*STAGES)
    case.worker_exited(None)
    assert isinstance(case.ending, InternalError)


CALL = {"$report_type": "TestReport", "when": "call", "outcome": "failed"}
TEARDOWN = {**CALL, "when": "teardown", "outcome": "passed"}


def timed_out_case(following: IsolatedItem | None = None) -> Case:
    item: Any = PaperItem()
    worker: Any = PaperWorker()
    case = Case(IsolatedItem(item, 0, 5), following)
    case.worker = worker
    case.take(StageStarted("call"), 1)
    assert case.deadline.due(1 + 5) is not None
    case.time_out()
    return case


def test_a_stage_that_was_broken_off_is_timed_out_and_the_case_goes_on() -> None:
    following = IsolatedItem(PaperItem(), 1, 5)  # type: ignore[arg-type]
    case = timed_out_case(following)
    case.take(StacksDumped("why", "place", "tasks"), 6)
    assert case.deadline.due(6) == INTERRUPT
    for message in (
        TerminalWritten("is noise"),
        ReportLogged({"$report_type": "SubtestReport", "when": "call"}),
        ReportLogged(CALL),
        StageStarted("teardown"),
        ReportLogged(TEARDOWN),
        CaseFinished(),
    ):
        case.take(message, 7)
    # Its worker takes no further case of the group, whatever the test has left of it.
    assert case.ending is None
    assert case.worker.is_dismissed  # type: ignore[union-attr] # it is on paper
    case.worker_exited(exited())
    assert case.ending == Finished()
    broken_off, teardown = case.events
    assert teardown == ReportLogged(TEARDOWN)
    assert isinstance(broken_off, BrokenOff)
    assert (broken_off.ending, broken_off.report) == (TimedOut(5), CALL)
    remains = broken_off.remains
    assert (remains.stage, remains.why, remains.stacks, remains.crash) == ("call", "why", "tasks", "stack")


def test_a_worker_that_dies_in_the_teardown_after_a_timeout_has_two_failures() -> None:
    case = timed_out_case()
    for message in (StacksDumped("", "", "tasks"), ReportLogged(CALL), StageStarted("teardown")):
        case.take(message, 6)
    case.worker_exited(exited(None, 11))
    (broken_off,) = case.events
    assert isinstance(broken_off, BrokenOff)
    assert case.ending == KilledBySignal(11)
    assert case.remains is not None
    assert case.remains.stage == "teardown"


def test_what_a_worker_says_that_was_told_to_die_does_not_count() -> None:
    case = timed_out_case()
    assert case.deadline.due(100) == TERMINATE
    for message in (ReportLogged(CALL), StageStarted("teardown"), CaseFinished(), StacksDumped("", "", "tasks")):
        case.take(message, 7)
    case.worker_exited(exited(None, 15))
    assert case.ending == TimedOut(5)
    assert not case.events
    assert case.remains is not None
    assert (case.remains.stage, case.remains.stacks) == ("call", "tasks")


def test_reports_are_kept_in_order() -> None:
    reports = [ReportLogged({"number": number}) for number in range(3)]
    case = case_after(
        STAGES[0], reports[0], STAGES[1], reports[1], StageStarted("teardown"), reports[2], CaseFinished()
    )
    assert list(case.events) == reports


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (TimedOut(1.5), "Timeout: call took longer than 1.5 s"),
        (KilledBySignal(11), "the worker process was killed by SIGSEGV during call"),
        (KilledBySignal(63), "the worker process was killed by signal 63 during call"),
        (ExitedEarly(0), "the worker process exited with status 0 during call"),
        (CouldNotStart("fork failed"), "the isolated test could not start: fork failed"),
        (InternalError("detail"), "internal error of isolated-async during call; please report it\ndetail"),
    ],
)
def test_every_ending_says_what_happened(ending: Any, text: str) -> None:
    assert ending.describe("call") == text


@pytest.mark.parametrize(
    ("words", "reason"),
    [(last_words.CHANNEL_LOST, "the descriptor on which it reports"), (last_words.OUT_OF_MEMORY, "memory ran out")],
)
def test_a_worker_that_could_not_report(words: str, reason: str) -> None:
    case = case_after(*STAGES)
    case.worker_exited(exited(70, words=words))
    assert isinstance(case.ending, CouldNotReport)
    assert reason in case.ending.describe("call")
