"""What a worker answers while a stage runs, and which stage an interruption breaks off."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from isolated_async_workers import stacks
from isolated_async_workers.loop.case_loop import CaseLoop
from isolated_async_workers.loop.interruption import Interruption
from isolated_async_workers.places import OUTERMOST
from isolated_async_workers.stage_answers import StageAnswers
from isolated_async_workers.wire.messages import StacksDumped


class _Broken(BaseException):
    pass


class _Channel:
    """Keeps the answers; the host may react at once."""

    def __init__(self) -> None:
        self.answers: list[StacksDumped] = []
        self.react: Callable[[], None] = lambda: None

    def send_from_signal_handler(self, answer: StacksDumped) -> None:
        self.answers.append(answer)
        self.react()

    def call_from_signal_handler(self, function: Callable[[], None]) -> None:
        function()


@pytest.fixture
def case_loop() -> Iterator[CaseLoop]:
    loop = CaseLoop()
    loop.open()
    yield loop
    loop.close()


class _Asked:
    """A worker's answers, and the two questions."""

    def __init__(self, case_loop: CaseLoop) -> None:
        self.interruption = Interruption(case_loop, lambda: None, _Broken)
        self.channel = _Channel()
        channel: Any = self.channel
        self._answers = StageAnswers(channel, case_loop, self.interruption, lambda: None)

    def dump(self, frame: FrameType) -> None:
        self._answers._dump_stacks(0, frame)

    def interrupt(self, frame: FrameType) -> None:
        self._answers._interrupt(0, frame)


@pytest.fixture
def asked(case_loop: CaseLoop) -> _Asked:
    return _Asked(case_loop)


def test_the_stage_that_was_asked_about_is_broken_off(asked: _Asked) -> None:
    with asked.interruption.allowed("call"):
        asked.dump(sys._getframe())
        with pytest.raises(_Broken):
            asked.interrupt(sys._getframe())
    assert asked.interruption.has_happened


@pytest.mark.parametrize("stages", [("teardown",), ("teardown", "setup", "call")])
def test_no_stage_is_broken_off_that_came_after_the_question(asked: _Asked, stages: tuple[str, ...]) -> None:
    with asked.interruption.allowed("call"):
        asked.dump(sys._getframe())
    for stage in stages[:-1]:
        with asked.interruption.allowed(stage):
            pass
    with asked.interruption.allowed(stages[-1]):
        asked.interrupt(sys._getframe())
        assert not asked.interruption.has_happened
        asked.dump(sys._getframe())
        with pytest.raises(_Broken):
            asked.interrupt(sys._getframe())


def test_a_stage_of_several_parts_is_one(asked: _Asked) -> None:
    with asked.interruption.allowed("call"):
        asked.dump(sys._getframe())
    with asked.interruption.allowed("call"), pytest.raises(_Broken):
        asked.interrupt(sys._getframe())


def test_an_interruption_that_comes_with_the_answer_is_of_what_was_asked_about(
    asked: _Asked, case_loop: CaseLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames: list[object] = []
    monkeypatch.setattr(asked.interruption, "interrupt", frames.append)
    standing = sys._getframe()
    asked.channel.react = lambda: asked.interrupt(sys._getframe())
    asked.dump(standing)
    asked.channel.react = lambda: None
    asked.dump(standing)
    inside = _here()
    asked.interrupt(inside)
    assert frames == [standing, inside]


def _here() -> FrameType:
    return sys._getframe()


def test_what_cannot_be_told_is_no_failure(asked: _Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise LookupError("patched")

    monkeypatch.setattr(stacks, "tasks_and_threads", refuse)
    asked.dump(sys._getframe())
    assert asked.channel.answers == [
        StacksDumped("", "", "its tasks and threads cannot be told: LookupError: patched\n")
    ]


@contextmanager
def _replaced(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise LookupError("patched")

    with monkeypatch.context() as patch:
        patch.setattr("threading.enumerate", refuse)
        patch.setattr("threading.main_thread", refuse)
        patch.setattr("asyncio.all_tasks", refuse)
        yield


def test_what_a_test_replaces_is_not_asked(asked: _Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    with _replaced(monkeypatch):
        asked.dump(sys._getframe())
    (answer,) = asked.channel.answers
    assert "Thread 'MainThread'" in answer.text


@pytest.mark.parametrize(
    ("called_by", "place"), [("/home/me/conftest.py", "/home/me/conftest.py:1 in <module>"), (OUTERMOST, "")]
)
def test_a_case_does_not_stand_outside_of_itself(asked: _Asked, called_by: str, place: str) -> None:
    # From the outermost frame to the innermost: a script that nobody has installed has called the worker.
    files = ("/venv/bin/pytest", called_by, unittest.__file__)
    source = "asked.dump(sys._getframe())"
    for file in reversed(files):
        source = f"exec(compile({source!r}, {file!r}, 'exec'))"
    exec(source, {"asked": asked, "sys": sys})
    assert [answer.place for answer in asked.channel.answers] == [place]
