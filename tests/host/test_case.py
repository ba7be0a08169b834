"""What the host makes of a worker's messages and of its end, with a worker that only exists on paper."""

from __future__ import annotations

from typing import Any

import pytest

from isolated_async.case import Case
from isolated_async.selection import IsolatedItem
from isolated_async.verdict import (
    CouldNotStart,
    Ending,
    ExitedEarly,
    Finished,
    InternalError,
    KilledBySignal,
    TimedOut,
)
from isolated_async_workers.wire.messages import (
    CaseBroken,
    CaseFinished,
    CaseRefused,
    Message,
    ReportLogged,
    RunCase,
    StacksDumped,
    StageStarted,
    WorkerExited,
)


class PaperWorker:
    """Stands where a WorkerHandle stands once the process is gone."""

    number = 1

    def captured(self) -> tuple[str, str]:
        return "out", "err"

    def crash_text(self) -> str:
        return "stack"


class PaperItem:
    nodeid = "test_a.py::test_a"


def exited(code: int | None = 0, signal: int | None = None) -> WorkerExited:
    return WorkerExited(1, code, signal, 0.0, 0)


def case_after(*messages: Message, limit_s: float | None = None) -> Case:
    item: Any = PaperItem()
    worker: Any = PaperWorker()
    case = Case(IsolatedItem(item, 0, limit_s), worker)
    for now, message in enumerate(messages):
        case.take(message, now)
    return case


STAGES = (StageStarted("setup"), StageStarted("call"))


@pytest.mark.parametrize(
    ("messages", "status", "ending", "stage"),
    [
        ((*STAGES, CaseFinished()), exited(), Finished(), "call"),
        ((*STAGES, CaseFinished()), exited(None, 9), Finished(), "call"),
        (STAGES, exited(), ExitedEarly(0), "call"),
        (STAGES, exited(77), ExitedEarly(77), "call"),
        (STAGES, exited(None, 11), KilledBySignal(11), "call"),
        (STAGES[:1], exited(None, 6), KilledBySignal(6), "setup"),
        ((), exited(None, 9), KilledBySignal(9), "start"),
        ((), exited(70), InternalError("the worker left with status 70 before it ran anything"), "start"),
        ((CaseRefused("unknown"), CaseFinished()), exited(), CouldNotStart("unknown"), "start"),
        ((*STAGES, CaseBroken("Traceback")), exited(), InternalError("Traceback"), "call"),
        (
            (*STAGES, RunCase("a", 0, "warn", False, "", "", 0)),
            exited(),
            InternalError("a worker does not send RunCase"),
            "call",
        ),
    ],
)
def test_one_ending(messages: tuple[Message, ...], status: WorkerExited, ending: Ending, stage: str) -> None:
    case = case_after(*messages)
    assert case.ending is None
    case.worker_exited(status)
    assert case.ending == ending
    assert case.remains is not None
    assert (case.remains.stage, case.remains.stdout, case.remains.crash) == (stage, "out", "stack")


def test_nobody_knows_how_it_ended() -> None:
    case = case_after(*STAGES)
    case.worker_exited(None)
    assert isinstance(case.ending, InternalError)


def test_what_a_stage_says_after_its_time_does_not_count() -> None:
    case = case_after(*STAGES, limit_s=5)
    assert case.deadline.due(1 + 5) is not None
    case.time_out()
    for message in (ReportLogged({"late": True}), StageStarted("teardown"), CaseFinished(), StacksDumped("", "tasks")):
        case.take(message, 7)
    case.worker_exited(exited(None, 15))
    assert case.ending == TimedOut(5)
    assert not case.events
    assert case.remains is not None
    assert (case.remains.stage, case.remains.stacks) == ("call", "tasks")


def test_reports_are_kept_in_order() -> None:
    reports = [ReportLogged({"number": number}) for number in range(3)]
    case = case_after(STAGES[0], reports[0], STAGES[1], reports[1], reports[2], CaseFinished())
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
