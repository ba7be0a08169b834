"""The channel of a worker that measures: it sees each stage begin, and tells of that with what it sends anyway.

::

    requests      --> WAIT ... BEGIN
    StageStarted  --> SETUP, CALL, TEARDOWN         what was queued is written first, and counts as reporting
    WindingUp     --> WIND_UP
    hooks' end    --> REPORT                        (StageEnds)
    the last word --> EXIT

Where a worker dies, the host knows every stage that had begun, but for the time in which it received its case.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from ..result_channel import ResultChannel
from ..wire.messages import (
    CaseBroken,
    CaseFinished,
    CaseRefused,
    Message,
    RunCase,
    SetUpShared,
    StageStarted,
    WindingUp,
)
from ..wire.stages import BEGIN, COLLECT, EXIT, REPORT, WAIT, WIND_UP
from .marks import Marks

# A test may leave nothing in the place of ``super``.
_receive_request = ResultChannel.receive_request
_send = ResultChannel.send


class MeasuringChannel(ResultChannel):
    """Tells what ``marks`` has."""

    def __init__(self, marks: Marks, descriptor: int, first: str = BEGIN) -> None:
        """``first`` is the stage that begins when the worker has its first case."""
        super().__init__(descriptor)
        self._marks = marks
        self._next = first
        #: False in the process of a shared fixture, which is no case.
        self._is_case = True

    def receive_request(self) -> RunCase | SetUpShared | None:
        self._marks.begin(WAIT)
        request = _receive_request(self)
        stage, self._next = self._next, BEGIN
        match request:
            case SetUpShared():
                self._is_case = False
            case RunCase():
                self._marks.begin(stage)
                if stage == COLLECT:
                    # The import may be the end of this process.
                    _send(self, self._marks.take())
        return request

    def send(self, message: Message) -> None:
        match message:
            case StageStarted(stage):
                self._begin(stage)
            case WindingUp():
                self._begin(WIND_UP)
            case CaseFinished() | CaseBroken() | CaseRefused():
                self._begin(EXIT)
        _send(self, message)

    def _begin(self, stage: str) -> None:
        if self._is_case:
            self.flush()
            self._marks.begin(stage)
            self.queue(self._marks.take())


class StageEnds:
    """The pytest plugin that sees the end of each stage; to be registered last, so that it is around all others."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def _end_stage(self) -> Generator[None, object, object]:
        __tracebackhide__ = True
        try:
            return (yield)
        finally:
            self._marks.begin(REPORT)

    pytest_runtest_setup = pytest_runtest_call = pytest_runtest_teardown = _end_stage
