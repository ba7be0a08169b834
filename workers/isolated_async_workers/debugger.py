"""A debugger in a worker, on the user's terminal.

::

    pdb stops --DebuggerOpened--> host (when it is this case's turn): deadlines off
              <--TerminalLent, with its stdin, stdout and stderr--   (or TerminalRefused: it cannot have it)
    pdb goes on --DebuggerClosed--> host: deadlines on

Only while pdb talks to the user: what the test prints in between goes where it always goes.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from . import system, untouched
from .result_channel import ResultChannel
from .wire.framing import FrameDecoder
from .wire.messages import DebuggerClosed, DebuggerOpened, ProtocolError, TerminalLent, TerminalRefused

_STREAMS = (0, 1, 2)
_READ_BYTES = 4096


class Debugger:
    """The pytest plugin that lends the terminal to every debugger which pytest opens."""

    def __init__(self, flush: Callable[[], None]) -> None:
        """``flush`` hands on what pytest has written to its terminal."""
        self._flush = flush
        self._channel: ResultChannel | None = None
        self._worker = 0

    def connect(self, channel: ResultChannel) -> None:
        """From here on, the host is asked over ``channel``."""
        self._channel = channel
        self._worker = untouched.getpid()

    def pytest_enter_pdb(self, pdb: Any) -> None:
        # Not around the whole hook: after "continue", a breakpoint opens the same debugger again.
        pdb.interaction = partial(self._interact, pdb.interaction)

    def _interact(self, interaction: Callable[..., object], *arguments: Any) -> object:
        __tracebackhide__ = True
        # A copy of the worker, made by os.fork(), would speak to the host in its name.
        with self._terminal() if untouched.getpid() == self._worker else contextlib.nullcontext():
            return interaction(*arguments)

    @contextlib.contextmanager
    def _terminal(self) -> Iterator[None]:
        __tracebackhide__ = True
        assert self._channel is not None
        _flush_streams()
        self._flush()
        self._channel.send(DebuggerOpened(system.group_of(0)))
        lent = self._receive(self._channel)
        own = [os.dup(number) for number in _STREAMS]
        for descriptor, number in zip(lent, _STREAMS, strict=True):
            os.dup2(descriptor, number)
        try:
            yield
        finally:
            _flush_streams()
            for number in _STREAMS:
                # "continue" has given them back to pytest's capture already.
                if os.path.sameopenfile(number, lent[number]):
                    os.dup2(own[number], number)
            for descriptor in (*own, *lent):
                os.close(descriptor)
            self._channel.send(DebuggerClosed())

    def _receive(self, channel: ResultChannel) -> list[int]:
        data, lent = system.receive_lent(channel.descriptor, _READ_BYTES, len(_STREAMS))
        messages = list(FrameDecoder().feed(data))
        match messages:
            case [TerminalRefused(reason)]:
                __tracebackhide__ = True
                channel.send(DebuggerClosed())
                pytest.fail(reason)
        if messages != [TerminalLent()] or len(lent) != len(_STREAMS):
            raise ProtocolError(f"instead of its terminal, the host has sent {messages} with {len(lent)} descriptors")
        return lent


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
