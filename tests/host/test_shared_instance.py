"""The process of a shared fixture, as the host follows it: what becomes of each of its messages, and of its end."""

from __future__ import annotations

import signal
from types import SimpleNamespace
from typing import Any

import pytest

from isolated_async.endings.verdict import Lost
from isolated_async.processes.start_method import FORK_LIMIT_S, StartMethod
from isolated_async.processes.step import ASK_FOR_STACKS, INTERRUPT, KILL, Step
from isolated_async.shared.broker import SharedBroker
from isolated_async.shared.instance import TEARDOWN_LIMIT_S, SharedInstance
from isolated_async.shared.plan import SharedPlan, Wanted
from isolated_async_workers.wire.messages import (
    CaseBroken,
    CaseFinished,
    Message,
    ProtocolError,
    ReportLogged,
    SharedTornDown,
    SharedValue,
    SharedValueWanted,
    StacksDumped,
    StageStarted,
    WorkerExited,
)
from isolated_async_workers.wire.shared_definitions import SharedDefinition, SharedDefinitions

DEFINITION = SharedDefinition("::db#1", "db", None, None, ())
VALUE = SharedValue("::db#1", "passed", "opaque", "", [["setup", "stdout of shared fixture 'db' at", "printed"]])
KILLED = WorkerExited(1, None, signal.SIGKILL, 0, "")
LEFT = WorkerExited(1, 0, None, 0, "")


class PaperFiles:
    def captured(self) -> tuple[str, str]:
        return "last output", ""

    def crash_text(self) -> str:
        return ""


class PaperWorker:
    loads_suite = False
    has_run = False
    slot = 0
    was_cut_off = False
    files = PaperFiles()

    def dismiss(self) -> None: ...


def _instance(limit_s: float | None = 5) -> SharedInstance:
    item: Any = SimpleNamespace(nodeid="test_a.py::test_a", path="test_a.py")
    instance = SharedInstance(Wanted("::db#1", DEFINITION, item, 0), limit_s, "")
    instance.worker = PaperWorker()  # type: ignore[assignment]
    return instance


def test_from_setup_to_the_end() -> None:
    instance = _instance()
    instance.take(StageStarted("setup"), 0)
    assert instance.deadline.at == 5
    instance.take(VALUE, 1)
    assert instance.answer is VALUE
    assert instance.deadline.at is None  # It serves for as long as tests run.
    instance.dismiss(100)
    assert instance.deadline.at == 100 + TEARDOWN_LIMIT_S
    instance.take(StageStarted("teardown"), 101)
    instance.take(SharedTornDown("", []), 102)
    instance.take(CaseFinished(), 103)
    instance.worker_gone(LEFT)
    assert (instance.problem, instance.worker) == ("", None)


def test_a_limit_of_the_setup_is_its_error_and_its_teardown_has_another() -> None:
    instance = _instance()
    instance.take(StageStarted("setup"), 0)
    assert instance.deadline.due(5) is not None
    instance.time_out()
    instance.take(StacksDumped("", "", "where everything stands"), 5)
    instance.take(SharedValue("::db#1", "failed", "", "interrupted", []), 6)
    assert instance.answer is not None
    assert instance.answer.text.startswith("shared fixture 'db' failed at setup: Timeout: setup took longer than 5 s")
    assert "where everything stands" in instance.answer.text
    instance.take(StageStarted("teardown"), 7)
    instance.take(SharedTornDown("that broke too", []), 8)
    assert instance.problem == "that broke too"


@pytest.mark.parametrize("served", [False, True])
def test_an_end_before_its_time(served: bool) -> None:
    instance = _instance()
    instance.take(StageStarted("setup"), 0)
    if served:
        instance.take(VALUE, 1)
    instance.worker_gone(KILLED)
    assert instance.answer is not None
    assert (instance.answer.outcome, instance.answer.value) == ("failed", "")
    if served:
        assert "'db' was lost while tests used it: the worker process was killed by SIGKILL" in instance.answer.text
        assert instance.problem == instance.answer.text
    else:
        assert "'db' failed at setup: the worker process was killed by SIGKILL during setup" in instance.answer.text
        assert instance.problem == ""
    assert [text for _, _, text in instance.answer.sections if text == "last output"] == ["last output"]


def test_a_death_in_its_teardown_is_a_problem_and_takes_no_value_back() -> None:
    instance = _instance()
    instance.take(VALUE, 1)
    instance.take(StageStarted("teardown"), 2)
    instance.conclude(Lost("the zygote is gone"))
    instance.worker_gone(None)
    assert instance.answer is VALUE
    assert instance.problem == "shared fixture 'db' failed at teardown: the zygote is gone"


@pytest.mark.parametrize(
    "message",
    [
        ReportLogged({}),
        SharedValue("::another#1", "passed", "", "", []),
        SharedValue("::db#1", "failed", "", "", [["two", "parts"]]),
        SharedTornDown("", [[]]),
    ],
)
def test_what_it_does_not_send(message: Any) -> None:
    with pytest.raises(ProtocolError):
        _instance().take(message, 0)


def test_it_answers_once() -> None:
    instance = _instance()
    instance.take(VALUE, 0)
    with pytest.raises(ProtocolError, match="does not send SharedValue"):
        instance.take(VALUE, 0)


def test_that_no_process_is_to_be_had_for_it_is_its_answer() -> None:
    instance = _instance()
    instance.worker = None
    instance.could_not_start("the zygote is gone")
    assert instance.answer is not None
    assert (instance.answer.definition, instance.answer.outcome) == ("::db#1", "failed")
    assert "the zygote is gone" in instance.answer.text


def test_that_it_cannot_start_is_told_once() -> None:
    instance = _instance()
    instance.could_not_start("fork failed: no processes")
    instance.worker_gone(None)
    assert instance.answer is not None
    assert instance.answer.text == "shared fixture 'db' failed at setup: fork failed: no processes"
    assert instance.problem == ""


def test_one_that_waits_for_another_is_ended_in_time_all_the_same() -> None:
    instance = _instance(None)
    instance.take(StageStarted("setup"), 0)
    instance.is_waiting = True
    instance.dismiss(10)
    assert not instance.is_waiting
    assert instance.deadline.at == 10 + TEARDOWN_LIMIT_S


class PaperPool:
    def take_spare(self, start: str) -> Any:
        return SimpleNamespace(
            number=1,
            is_forked=False,
            send=lambda message: None,
            slot=0,
            loads_suite=False,
            method=StartMethod(FORK_LIMIT_S),
            was_cut_off=False,
            has_run=False,
            files=PaperFiles(),
            dismiss=lambda: None,
        )


class PaperZygote:
    failure = None

    def __init__(self) -> None:
        self.signals: list[Step] = []

    def signal(self, worker: object, step: Step) -> None:
        self.signals.append(step)


def _asked_broker(zygote: PaperZygote) -> tuple[SharedBroker, SharedInstance]:
    """One that a test has asked for its fixture, which is being set up."""
    items: Any = {("test_a.py::test_a", 0): SimpleNamespace(nodeid="test_a.py::test_a", path="test_a.py")}
    plan = SharedPlan(SharedDefinitions({"::db#1": DEFINITION}), items, 5, "", lambda item: "fork")
    broker = SharedBroker(plan, PaperPool(), zygote, lambda: None)  # type: ignore[arg-type]
    asker: Any = SimpleNamespace(is_waiting=False, take_shared=lambda events: None)
    worker: Any = SimpleNamespace(number=7, send=lambda message: None)
    broker.take(worker, asker, SharedValueWanted("::db#1", "test_a.py::test_a", 0))
    assert asker.is_waiting
    (instance,) = broker.alive()
    return broker, instance


@pytest.mark.parametrize("is_ready", [False, True])
def test_at_the_end_a_setup_is_broken_off_and_no_teardown(is_ready: bool) -> None:
    """It may become ready just before it is asked where it stands."""
    zygote = PaperZygote()
    broker, instance = _asked_broker(zygote)
    value: list[Message] = [VALUE] if is_ready else []
    said = iter([StageStarted("setup"), *value, StacksDumped("", "", "where it stands")])

    def listen() -> None:
        assert instance.worker is not None
        if (message := next(said, None)) is None:
            broker.worker_gone(instance.worker, LEFT)
        else:
            broker.take(instance.worker, None, message)

    broker._listen = listen
    broker.close()
    assert zygote.signals == [ASK_FOR_STACKS, *([] if is_ready else [INTERRUPT])]


def test_news_of_the_fork_that_come_late_change_no_limit() -> None:
    broker, instance = _asked_broker(PaperZygote())
    broker.worker_forked(1)
    assert instance.deadline.current_limit_s == FORK_LIMIT_S
    broker.take(instance.worker, None, StageStarted("setup"))  # type: ignore[arg-type]
    broker.worker_forked(1)
    assert instance.deadline.current_limit_s == 5


@pytest.mark.parametrize("question", [("::none#1", "test_a.py::test_a", 0), ("::db#1", "test_a.py::test_a", 1)])
def test_a_question_that_nobody_can_have(question: tuple[str, str, int]) -> None:
    items: Any = {("test_a.py::test_a", 0): SimpleNamespace(nodeid="test_a.py::test_a", path="test_a.py")}
    plan = SharedPlan(SharedDefinitions({"::db#1": DEFINITION}), items, None, "", lambda item: "fork")
    assert plan.wanted("::db#1", "test_a.py::test_a", 0).key == "::db#1"
    with pytest.raises(ProtocolError, match="there is no shared fixture"):
        plan.wanted(*question)


def test_one_that_has_no_limit_and_does_not_leave_is_no_mistake_of_ours() -> None:
    instance = _instance(None)
    instance.take(StageStarted("setup"), 0)
    instance.take(CaseBroken("Traceback", False, []), 1)
    assert instance.deadline.at is not None
    assert instance.deadline.due(instance.deadline.at) is KILL
    instance.time_out()
    instance.worker_gone(KILLED)
    assert instance.answer is not None
    assert "Traceback" in instance.answer.text
