"""A stage whose time is up while the worker writes to the host ends after that, and the host gets whole messages."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from types import FrameType, SimpleNamespace
from typing import Any

import pytest

from isolated_async_workers import result_channel, untouched
from isolated_async_workers.loop.case_loop import CaseLoop
from isolated_async_workers.result_channel import ResultChannel
from isolated_async_workers.stage_answers import StageAnswers
from isolated_async_workers.wire.framing import FrameDecoder
from isolated_async_workers.wire.messages import CaseFinished, CoverageMeasured, StacksDumped, StageStarted


class _Interrupted(BaseException):
    pass


def _raise() -> None:
    raise _Interrupted


def test_the_interruption_waits_for_the_end_of_the_write(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    interruption: Any = SimpleNamespace(interrupt=lambda frame: _raise())
    with ours, theirs:
        channel = ResultChannel(theirs.fileno())
        answers = StageAnswers(channel, CaseLoop(), interruption, lambda: None)

        def interrupted(descriptor: int, data: memoryview) -> int:
            monkeypatch.setattr(untouched, "write", os.write)
            written = os.write(descriptor, data[:7])
            answers._interrupt(0, None)
            return written

        monkeypatch.setattr(untouched, "write", interrupted)
        with pytest.raises(_Interrupted):
            channel.send(StageStarted("call"))
        channel.send(CaseFinished())
        assert FrameDecoder().feed(ours.recv(1 << 16)) == [StageStarted("call"), CaseFinished()]


def _at_line(number: int, handler: Callable[[], None]) -> Callable[..., Any]:
    """A trace function that calls ``handler`` before the ``number``th line that runs of the channel."""
    left = number

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if frame.f_code.co_filename != result_channel.__file__:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                handler()
        return trace

    return trace


@pytest.mark.parametrize("number", range(1, 15))
def test_nothing_is_lost_of_what_a_signal_handler_queues_and_sends(number: int) -> None:
    ours, theirs = socket.socketpair()
    measured, dumped = CoverageMeasured("", False, {"a.py": [1]}, {}), StacksDumped("", "", "here")
    with ours, theirs:
        channel = ResultChannel(theirs.fileno())

        def handle() -> None:
            channel.queue(measured)
            channel.send_from_signal_handler(dumped)

        channel.queue(StageStarted("call"))
        before = sys.gettrace()
        sys.settrace(_at_line(number, handle))
        try:
            channel.flush()
        finally:
            sys.settrace(before)
        channel.send(CaseFinished())
        received = FrameDecoder().feed(ours.recv(1 << 16))
    assert received == [StageStarted("call"), measured, dumped, CaseFinished()]
