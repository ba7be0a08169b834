"""Running a loop while a loop runs in the same thread: what asyncio refuses, and where it is let through here.

Two things are let through. A request that is already answered (see ``async_hook.py``): it has nothing to wait for. And
everything, in a case that asks for it by ``nested="allow"``.

A loop that is run inside itself goes on from where it stands: its other tasks run on. Another loop is run while the
outer one is set aside, as ``asyncio.run`` promises. ``loop.stop()`` ends the innermost run of that loop, and no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import sys
from asyncio.base_events import _run_until_complete_cb  # type: ignore[attr-defined]
from collections.abc import Callable, Iterator
from typing import Any, ClassVar


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
        self._patch_run_until_complete(asyncio.BaseEventLoop)
        self._patch_run_forever(asyncio.BaseEventLoop)
        _patch_stop(asyncio.BaseEventLoop)
        uvloop = sys.modules.get("uvloop")
        if uvloop is not None:
            self._patch_run_until_complete(uvloop.Loop)

    def _patch_run_until_complete(self, kind: Any) -> None:
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

    def _patch_run_forever(self, kind: Any) -> None:
        original = kind.run_forever

        @functools.wraps(original)
        def run_forever(loop: Any) -> None:
            __tracebackhide__ = True
            outer = asyncio._get_running_loop()
            if outer is None or not self._allowed:
                original(loop)
            elif loop is outer:
                with _InnerRun(loop) as run:
                    run.go_on_until(lambda: False)
            else:
                with _set_aside(outer):
                    original(loop)

        kind.run_forever = run_forever

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


class _InnerRun:
    """Goes on with a loop, from inside one of its own callbacks."""

    #: The runs of each loop inside itself, the innermost last.
    of: ClassVar[dict[object, list[_InnerRun]]] = {}

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._outer = contextlib.ExitStack()
        self.is_stopped = False

    def __enter__(self) -> _InnerRun:
        # The outer turn of the loop counted its handles before it began with them: it must find as many.
        self._outer_handles = len(self._loop._ready)
        self._outer.enter_context(_without_current_task(self._loop))
        self.of.setdefault(self._loop, []).append(self)
        return self

    def __exit__(self, *_: object) -> None:
        runs = self.of[self._loop]
        runs.pop()
        if not runs:
            del self.of[self._loop]
        missing = self._outer_handles - len(self._loop._ready)
        self._loop._ready.extendleft(_no_handle(self._loop) for _ in range(missing))
        self._outer.close()

    def go_on_until(self, is_done: Callable[[], bool]) -> None:
        """Or until the loop is stopped."""
        __tracebackhide__ = True
        while not (is_done() or self.is_stopped):
            self._loop._run_once()


def _run_on(loop: Any, future: Any) -> Any:
    """Go on with ``loop``, from inside one of its own callbacks, until ``future`` is done."""
    __tracebackhide__ = True
    waited_for = asyncio.ensure_future(future, loop=loop)
    with _InnerRun(loop) as run:
        run.go_on_until(waited_for.done)
    if not waited_for.done():
        raise RuntimeError("Event loop stopped before Future completed.")
    return waited_for.result()


def _patch_stop(kind: Any) -> None:
    original = kind.stop

    @functools.wraps(original)
    def stop(loop: Any) -> None:
        runs = _InnerRun.of.get(loop)
        if not runs or sys._getframe(1).f_code is _run_until_complete_cb.__code__:
            # What the outermost run waits for is done: it stops when it has its turn again.
            original(loop)
        else:
            runs[-1].is_stopped = True

    kind.stop = stop


def _no_handle(loop: asyncio.AbstractEventLoop) -> asyncio.Handle:
    handle = asyncio.Handle(print, (), loop)
    handle.cancel()
    return handle
