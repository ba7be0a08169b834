"""Where ``unittest`` calls a test case's own methods, and how those calls drive what comes back awaitable.

Methods are never replaced: ``await super().setUp()`` finds what the suite's author wrote. Only the four places in
``TestCase.run`` that call them are. ``IsolatedAsyncioTestCase`` overrides these places and keeps its own runner.
"""

from __future__ import annotations

import inspect
import unittest
from collections.abc import Callable
from typing import Any

from .async_set_up import AsyncSetUp
from .case_loop import CaseLoop, can_drive


def drive_unittest_calls(loop: CaseLoop) -> None:
    """Make ``unittest.TestCase`` of this process drive the awaitables that its methods return."""

    def drive(value: object) -> object:
        __tracebackhide__ = True
        if inspect.isawaitable(value) and can_drive():
            return loop.drive(value)
        return value

    def call_set_up(case: unittest.TestCase) -> None:
        __tracebackhide__ = True
        async_set_up = AsyncSetUp.of(case)
        drive(_result(case.setUp))
        if async_set_up is not None:
            async_set_up.settle(drive)

    def call_test_method(case: unittest.TestCase, method: Callable[[], object]) -> None:
        __tracebackhide__ = True
        if inspect.isawaitable(result := method()) and can_drive():
            loop.drive(result)
        elif result is not None:
            # Not ours: unittest decides what it says about a test that returns a value.
            original_test_method(case, lambda: result)

    def call_tear_down(case: unittest.TestCase) -> None:
        __tracebackhide__ = True
        drive(_result(case.tearDown))

    def call_cleanup(case: unittest.TestCase, function: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        drive(function(*args, **kwargs))

    original_test_method = unittest.TestCase._callTestMethod  # type: ignore[attr-defined]
    for name, call in (
        ("_callSetUp", call_set_up),
        ("_callTestMethod", call_test_method),
        ("_callTearDown", call_tear_down),
        ("_callCleanup", call_cleanup),
    ):
        setattr(unittest.TestCase, name, call)


def _result(method: Callable[[], object]) -> object:
    """What a hook returns that by its declaration returns nothing: a coroutine, where it is ``async def``."""
    __tracebackhide__ = True
    return method()
