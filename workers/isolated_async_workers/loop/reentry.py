"""Running a loop while a loop runs in the same thread: what asyncio refuses, and where it is let through here.

Two things are let through. A request that is already answered (see ``async_hook.py``): it has nothing to wait for. And
everything, in a case that asks for it by ``nested="allow"``.

A loop that is run inside itself goes on from where it stands: its other tasks run on. Another loop is run while the
outer one is set aside, as ``asyncio.run`` promises.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any


class Reentry:
    """Which nested runs are let through in this process. It changes nothing before the first of them is announced."""

    def __init__(self) -> None:
        self._is_installed = False
        self._allowed = False
        self._is_answered: Callable[[object], bool] = lambda _: False
        #: Loops that were run for an answer: whoever made one may also wind it up.
        self._inner_loops: set[asyncio.AbstractEventLoop] = set()

    def begin_case(self, *, allowed: bool) -> None:
        """From here on, let every nested run through, or none but for an answer."""
        self._allowed = allowed
        if allowed:
            self._install()

    def answer(self, is_answered: Callable[[object], bool]) -> None:
        """Let a run through whose awaitable ``is_answered`` recognises as one that has nothing to wait for."""
        self._is_answered = is_answered
        self._install()

    def _install(self) -> None:
        if self._is_installed:
            return
        self._is_installed = True
        asyncio.runners.events = _Events(self._hides_running_loop)  # type: ignore[attr-defined]
        self._patch(asyncio.BaseEventLoop)
        uvloop = sys.modules.get("uvloop")
        if uvloop is not None:
            self._patch(uvloop.Loop)

    def _patch(self, kind: Any) -> None:
        original = kind.run_until_complete

        @functools.wraps(original)
        def run_until_complete(loop: Any, future: Any) -> Any:
            __tracebackhide__ = True
            outer = asyncio._get_running_loop()
            if outer is None or not self._lets_through(loop, future):
                return original(loop, future)
            if loop is not outer:
                with _set_aside(outer):
                    return original(loop, future)
            if self._is_answered(future):
                _close(future)
                return None
            return _run_on(loop, future) if isinstance(loop, asyncio.BaseEventLoop) else original(loop, future)

        kind.run_until_complete = run_until_complete

    def _lets_through(self, loop: asyncio.AbstractEventLoop, future: object) -> bool:
        if self._is_answered(future):
            self._inner_loops.add(loop)
            return True
        return self._allowed or (loop in self._inner_loops and not loop.is_running())

    def _hides_running_loop(self, coroutine: object) -> bool:
        return self._allowed or self._is_answered(coroutine)


def _close(awaitable: object) -> None:
    """Close a coroutine that nobody will await, and the coroutines that it was made around."""
    if inspect.iscoroutine(awaitable):
        for value in inspect.getcoroutinelocals(awaitable).values():
            _close(value)
        awaitable.close()


class _Events:
    """``asyncio.events`` as ``asyncio.runners`` sees it: without the running loop, for runs that are let through.

    In place of ``asyncio.run``, which a suite may have imported by name.
    """

    def __init__(self, hides_running_loop: Callable[[object], bool]) -> None:
        self._hides_running_loop = hides_running_loop

    def __getattr__(self, name: str) -> object:
        return getattr(asyncio.events, name)

    def _get_running_loop(self) -> asyncio.AbstractEventLoop | None:
        arguments = sys._getframe(1).f_locals
        coroutine = arguments.get("main", arguments.get("coro"))
        return None if self._hides_running_loop(coroutine) else asyncio._get_running_loop()


@contextlib.contextmanager
def _set_aside(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """As if ``loop`` were not running in this thread, nor its current task."""
    with _without_current_task(loop):
        asyncio._set_running_loop(None)
        try:
            yield
        finally:
            asyncio._set_running_loop(loop)


@contextlib.contextmanager
def _without_current_task(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    task = asyncio.current_task(loop)
    if task is not None:
        asyncio.tasks._leave_task(loop, task)
    try:
        yield
    finally:
        if task is not None:
            asyncio.tasks._enter_task(loop, task)


def _run_on(loop: Any, future: Any) -> Any:
    """Go on with ``loop``, from inside one of its own callbacks, until ``future`` is done."""
    __tracebackhide__ = True
    waited_for = asyncio.ensure_future(future, loop=loop)
    # The outer turn of the loop counted its handles before it began with them: it must find as many.
    outer_handles = len(loop._ready)
    with _without_current_task(loop):
        try:
            while not waited_for.done():
                loop._run_once()
        finally:
            missing = outer_handles - len(loop._ready)
            loop._ready.extendleft(_no_handle(loop) for _ in range(missing))
    return waited_for.result()


def _no_handle(loop: asyncio.AbstractEventLoop) -> asyncio.Handle:
    handle = asyncio.Handle(print, (), loop)
    handle.cancel()
    return handle
