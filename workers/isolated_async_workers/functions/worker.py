"""The worker of one call: a clean loop, current and idle; the function; its value or its exception.

::

    caller --CallFunction--> load --> StageStarted .. call, drive what is awaitable .. WindingUp --> loop closed
           <-- CaseRefused      <-- cannot be loaded       `--> CallReturned | CallRaised, and leave
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pkgutil
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from .. import stacks, system, untouched
from ..end_of_copy import leave_as_a_script
from ..loop.blocked_loop import explain_blocked_loop
from ..loop.case_loop import CaseLoop
from ..loop.interruption import Interruption
from ..memory_reserve import MemoryReserve
from ..reserved_descriptors import CRASH
from ..result_channel import ResultChannel
from ..standard_library import StandardLibrary
from ..wire.last_words import CHANNEL_LOST
from ..wire.messages import CallFunction, CallRaised, CallReturned, CaseRefused, StacksDumped, StageStarted, WindingUp
from ..wire.shared_page import SharedPage
from ..wire.value_text import load
from .answer import describe, raised, returned

_Answer = CaseRefused | CallReturned | CallRaised


class CallInterrupted(BaseException):
    """The time of this call is up. No ``Exception``, which code that tries again would catch."""


class FunctionWorker:
    """Calls the one function that ``channel`` brings; ``page`` is for its last words."""

    def __init__(
        self, channel: ResultChannel, page: SharedPage, reserve: MemoryReserve, library: StandardLibrary
    ) -> None:
        self._channel = channel
        channel.insist = library.insist
        self._library = library
        self._page = page
        self._reserve = reserve
        self._loop = CaseLoop()
        self._interruption = Interruption(self._loop, lambda: None, CallInterrupted)
        self._worker = untouched.getpid()

    def serve(self) -> None:
        """Wait for the call, make it, say how it has ended."""
        system.answer_when_asked(self._page, self._dump_stacks, self._interrupt, CRASH)
        request = self._channel.receive_call()
        if request is None:
            return
        self._channel.send(StageStarted("call"))
        answer = self._answer(request)
        for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
            # The function has closed or deleted it, or put something in its place that raises.
            with contextlib.suppress(BaseException):
                getattr(sys, name).flush()
        self._channel.send(answer)
        if self._channel.is_lost:
            self._page.leave(CHANNEL_LOST)

    def _answer(self, request: CallFunction) -> _Answer:
        try:
            with self._interruption.allowed("call"):
                call = self._load(request)
        except BaseException as error:  # noqa: BLE001 - what the caller's modules raise when they are imported
            return CaseRefused(describe(error))
        answer: _Answer
        try:
            with self._interruption.allowed("call"), self._reserve:
                value = self._loop.call(call)
                self._end_copy(None)
                answer = returned(value, self._library.insist)
                del value
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt too: the caller gets all
            self._end_copy(error)
            answer = raised(error, self._library.insist)
            error.__traceback__ = None
        self._channel.send(WindingUp())
        # What is left on the loop may have spoiled it; the answer is there already.
        with contextlib.suppress(Exception):
            self._loop.close()
        self._end_copy(None)
        return answer

    def _load(self, request: CallFunction) -> Callable[[], object]:
        """What is to be called, in a process that is where the caller is, with its loop open."""
        _be_where_the_caller_is(request)
        function, arguments, keywords, loop_factory = _parts_of(load(request.call))
        if isinstance(loop_factory, str):
            loop_factory = pkgutil.resolve_name(loop_factory)
        self._loop.factory = loop_factory
        try:
            self._loop.open()
            if asyncio.get_event_loop().is_closed():
                raise RuntimeError("it is closed")
        except Exception as error:
            raise LoopFactoryFailed(f"the loop factory {loop_factory!r} makes no loop that can be used") from error
        return partial(function, *arguments, **keywords)

    def _end_copy(self, error: BaseException | None) -> None:
        """A copy that the function has made with ``os.fork()`` has come back to us: it goes no further."""
        if untouched.getpid() != self._worker:
            leave_as_a_script(error)

    def _dump_stacks(self, signal_number: int, frame: object) -> None:
        place = stacks.place(frame, self._loop)
        text = stacks.tasks_and_threads(frame, self._loop.known_loops())
        self._channel.send_from_signal_handler(StacksDumped(explain_blocked_loop(frame), place, text))

    def _interrupt(self, signal_number: int, frame: object) -> None:
        self._channel.call_from_signal_handler(partial(self._interruption.interrupt, frame))


class LoopFactoryFailed(Exception):
    """It raises, or what it returns is no event loop, or a closed one."""


def _parts_of(call: Any) -> tuple[Callable[..., object], tuple[object, ...], dict[str, object], Any]:
    function, arguments, keywords, loop_factory = call
    return function, arguments, keywords, loop_factory


def _be_where_the_caller_is(request: CallFunction) -> None:
    sys.path[:] = request.path
    # Directories may have changed since the zygote has looked into them.
    sys.path_importer_cache.clear()
    sys.argv[:] = request.arguments
    if dict(os.environ) != request.environment:
        os.environ.clear()
        os.environ.update(request.environment)
        system.reread_time_zone()
    if request.directory:
        os.chdir(request.directory)
