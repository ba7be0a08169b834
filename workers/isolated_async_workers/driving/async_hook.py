"""``asyncSetUp`` and ``asyncTearDown`` of a ``TestCase`` run exactly once.

The shape that breaks in process: a sync ``setUp`` runs ``asyncSetUp`` on a loop, and an override of
``asyncSetUp`` calls ``super().setUp()``, which runs ``asyncSetUp`` again on the loop that is running already.
Here the first call runs it; while it runs, and after it has succeeded, a further request is already answered.
"""

from __future__ import annotations

import asyncio
import inspect
import unittest
from collections.abc import Callable
from typing import Any


class _StandIn:
    """Takes the place of one hook of one test case, while its sync twin is called."""

    def __init__(self, case: unittest.TestCase, name: str) -> None:
        self._case = case
        self._name = name
        self._method: Callable[[], Any] = getattr(case, name)
        self._was_requested = False
        setattr(case, name, self.request)

    def request(self) -> Any:
        """What the case's method returns."""
        raise NotImplementedError

    def settle(self, resolve: Callable[[object], object]) -> None:
        """After the sync twin: run the hook if nobody did."""
        __tracebackhide__ = True
        if not self._was_requested:
            resolve(self.request())

    def remove(self) -> None:
        """Give the case its own method back: from here on, a call is a call."""
        delattr(self._case, self._name)


class AsyncHook(_StandIn):
    """An async hook: it runs once, whoever asks for it."""

    def __init__(self, case: unittest.TestCase, name: str) -> None:
        super().__init__(case, name)
        self._is_answered = False
        #: What the hook returned, once it has succeeded.
        self._result: object = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def of(cls, case: unittest.TestCase, name: str) -> AsyncHook | None:
        """Install one in place of ``case.name``, if that is a coroutine function."""
        return cls(case, name) if inspect.iscoroutinefunction(getattr(case, name, None)) else None

    async def request(self) -> object:
        """Run the hook, unless it runs or has succeeded already; what it returned."""
        __tracebackhide__ = True
        if self._is_answered:
            return self._result
        self._was_requested = self._is_answered = True
        self._loop = asyncio.get_running_loop()
        try:
            self._result = await self._method()
        except BaseException:
            self._is_answered = False
            raise
        return self._result

    def settle(self, resolve: Callable[[object], object]) -> None:
        """After the sync twin: run the hook if nobody did, and go on with the loop that it ran on."""
        __tracebackhide__ = True
        super().settle(resolve)
        if self.open_loop is not None:
            asyncio.set_event_loop(self.open_loop)

    @property
    def open_loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop that the hook ran on, unless it did not run, or the loop is closed by now."""
        return None if self._loop is None or self._loop.is_closed() else self._loop


class WrappedHook(_StandIn):
    """An async hook under a sync decorator, which may well run a loop itself.

    Whoever calls it gets what the decorator returns, each time.
    """

    @classmethod
    def of(cls, case: unittest.TestCase, name: str) -> WrappedHook | None:
        """Install one in place of ``case.name``, if that is a coroutine function under sync decorators."""
        method = getattr(case, name, None)
        if not inspect.isroutine(method) or inspect.iscoroutinefunction(method):
            return None
        return cls(case, name) if inspect.iscoroutinefunction(inspect.unwrap(method)) else None

    def request(self) -> object:
        """Call the hook."""
        __tracebackhide__ = True
        self._was_requested = True
        return self._method()


def is_answered(awaitable: object) -> bool:
    """True for a request, or a task, or a coroutine that was made around one, that has nothing to wait for."""
    if isinstance(awaitable, asyncio.Task):
        return is_answered(awaitable.get_coro())
    if not inspect.iscoroutine(awaitable) or inspect.getcoroutinestate(awaitable) != inspect.CORO_CREATED:
        return False
    arguments = inspect.getcoroutinelocals(awaitable)
    if awaitable.cr_code is AsyncHook.request.__code__:
        hook: AsyncHook = arguments["self"]
        return hook._is_answered
    return any(is_answered(value) for value in arguments.values() if inspect.iscoroutine(value))
