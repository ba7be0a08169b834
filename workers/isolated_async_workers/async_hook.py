"""``asyncSetUp`` and ``asyncTearDown`` of a plain ``TestCase``, which nothing awaits in process, run exactly once.

The shape that breaks in process: a sync ``setUp`` runs ``asyncSetUp`` on a loop, and an override of
``asyncSetUp`` calls ``super().setUp()``, which runs ``asyncSetUp`` again on the loop that is running already.
Here the first call runs it; while it runs, and afterwards, a further request is already answered.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import unittest
from collections.abc import Callable, Coroutine, Generator
from typing import Any


class Answered:
    """What a repeated call returns: awaiting it, or running a loop until it is done, does nothing."""

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()


class AsyncHook:
    """Stands in for one async hook of one test case, from just before its sync twin is called."""

    def __init__(self, method: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._method = method
        self._requested = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def of(cls, case: unittest.TestCase, name: str) -> AsyncHook | None:
        """Install one in place of ``case.name``, if that is a coroutine function and ``case`` a plain TestCase."""
        method = getattr(case, name, None)
        if not inspect.iscoroutinefunction(method) or isinstance(case, unittest.IsolatedAsyncioTestCase):
            return None
        _let_loops_answer()
        hook = cls(method)
        setattr(case, name, hook.request)
        return hook

    def request(self) -> Coroutine[Any, Any, None] | Answered:
        """The coroutine for whoever asks first, an answer for everybody else."""
        if self._requested:
            return Answered()
        self._requested = True
        return self._run()

    def settle(self, resolve: Callable[[object], object]) -> None:
        """After the sync twin: run the hook if nobody did, and go on with the loop that it ran on."""
        __tracebackhide__ = True
        if not self._requested:
            resolve(self.request())
        if self._loop is not None and not self._loop.is_closed():
            asyncio.set_event_loop(self._loop)

    async def _run(self) -> None:
        __tracebackhide__ = True
        self._loop = asyncio.get_running_loop()
        await self._method()


@functools.cache
def _let_loops_answer() -> None:
    """Make ``run_until_complete`` of the standard loops return at once for an :class:`Answered`, running or not."""
    original = asyncio.BaseEventLoop.run_until_complete

    @functools.wraps(original)
    def run_until_complete(self: asyncio.BaseEventLoop, future: Any) -> Any:
        __tracebackhide__ = True
        if isinstance(future, Answered):
            return None
        return original(self, future)

    asyncio.BaseEventLoop.run_until_complete = run_until_complete  # type: ignore[method-assign]
