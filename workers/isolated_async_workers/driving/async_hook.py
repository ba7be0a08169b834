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
from functools import partial
from typing import Any

_UNSET = object()


class _StandIn:
    """Takes the place of one hook of one test case, while its sync twin is called."""

    def __init__(self, case: unittest.TestCase, name: str, method: Callable[[], Any]) -> None:
        """``method`` is what ``case.name`` is now."""
        self._method = method
        self._was_requested = False
        self._remove = _replace(case, name, self.request)

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
        self._remove()


class AsyncHook(_StandIn):
    """An async hook: it runs once, whoever asks for it."""

    def __init__(self, case: unittest.TestCase, name: str, method: Callable[[], Any]) -> None:
        super().__init__(case, name, method)
        self._is_answered = False
        #: What the hook returned, once it has succeeded.
        self._result: object = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def of(cls, case: unittest.TestCase, name: str) -> AsyncHook | None:
        """Install one in place of ``case.name``, if that is a coroutine function."""
        __tracebackhide__ = True
        method = _hook(case, name)
        return cls(case, name, method) if inspect.iscoroutinefunction(method) else None

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
        __tracebackhide__ = True
        method = _hook(case, name)
        if not inspect.isroutine(method) or inspect.iscoroutinefunction(method):
            return None
        return cls(case, name, method) if inspect.iscoroutinefunction(inspect.unwrap(method)) else None

    def request(self) -> object:
        """Call the hook."""
        __tracebackhide__ = True
        self._was_requested = True
        return self._method()


def _hook(case: unittest.TestCase, name: str) -> Any:
    """``case.name``, or None if there is none. A property of that name may raise: then it does."""
    __tracebackhide__ = True
    try:
        return getattr(case, name)
    except AttributeError:
        if inspect.getattr_static(case, name, None) is not None:
            raise
        return None


def _replace(case: unittest.TestCase, name: str, value: object) -> Callable[[], None]:
    """Make ``case.name`` be ``value``, and return what undoes that."""
    kind = type(case)
    found = inspect.getattr_static(kind, name, None)
    if not inspect.isdatadescriptor(found):
        return _put(vars(case).get(name, _UNSET), partial(setattr, case, name), partial(delattr, case, name), value)
    # What a property says comes before what the case itself holds.
    read = getattr(found, "__get__")  # noqa: B009 - mypy takes it for a descriptor that can only be set
    stand_in = property(lambda each: value if each is case else read(each, type(each)))
    return _put(vars(kind).get(name, _UNSET), partial(setattr, kind, name), partial(delattr, kind, name), stand_in)


def _put(
    before: object, put: Callable[[object], None], remove: Callable[[], None], value: object
) -> Callable[[], None]:
    put(value)
    return remove if before is _UNSET else partial(put, before)


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
