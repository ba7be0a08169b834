"""``unittest.IsolatedAsyncioTestCase``: its own runner, with its semantics, on the loop of the case.

What it misses in process is given to it: set-up code and test share one loop, which class hooks may have used and which
they find open afterwards; an eager ``setUp`` does not make ``asyncSetUp`` run twice; an awaitable that a sync wrapper
returns is awaited. A case that has a ``loop_factory`` of its own keeps it.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import unittest
from collections.abc import Callable
from typing import Any

from .case_loop import CaseLoop
from .loop_factory import UNITTEST_HAS_FACTORIES
from .reentry import Reentry
from .unittest_calls import once


def drive_isolated_cases(loop: CaseLoop, reentry: Reentry) -> None:
    """Make every ``IsolatedAsyncioTestCase`` of this process run like that."""

    def maybe_async(case: Any, function: Callable[..., object], *args: object, **kwargs: object) -> object:
        __tracebackhide__ = True
        result = case._callMaybeAsync(function, *args, **kwargs)
        if not inspect.isawaitable(result):
            return result

        async def wait() -> object:
            __tracebackhide__ = True
            return await result

        return case._callMaybeAsync(wait)

    def call_set_up(case: Any) -> None:
        __tracebackhide__ = True
        loop.restore()
        with once(case, "asyncSetUp", reentry):
            maybe_async(case, case.setUp)
            maybe_async(case, case.asyncSetUp)

    def call_test_method(case: Any, method: Callable[[], object]) -> None:
        __tracebackhide__ = True
        result = maybe_async(case, method)
        if result is not None:
            original_test_method(case, lambda: result)

    def call_tear_down(case: Any) -> None:
        __tracebackhide__ = True
        loop.begin_teardown()
        with once(case, "asyncTearDown", reentry):
            maybe_async(case, case.asyncTearDown)
            maybe_async(case, case.tearDown)

    kind: Any = unittest.IsolatedAsyncioTestCase
    original_test_method = kind._callTestMethod
    kind._callSetUp = call_set_up
    kind._callTestMethod = call_test_method
    kind._callTearDown = call_tear_down
    kind._callCleanup = maybe_async
    if sys.version_info >= (3, 11):
        _lend_to_runner(kind, loop)
    else:
        _lend_to_loop_owner(kind, loop)


def _lend_to_runner(kind: Any, loop: CaseLoop) -> None:
    class BorrowingRunner(asyncio.Runner):  # type: ignore[name-defined,misc] # mypy: not on Python 3.10
        """Runs on a loop that others go on with: it leaves it open."""

        def close(self) -> None:
            pass

    original = kind._setupAsyncioRunner

    def set_up_runner(case: Any) -> None:
        if UNITTEST_HAS_FACTORIES and getattr(case, "loop_factory", None) not in (None, loop.factory):
            original(case)
        else:
            case._asyncioRunner = BorrowingRunner(debug=True, loop_factory=loop.current)

    kind._setupAsyncioRunner = set_up_runner


def _lend_to_loop_owner(kind: Any, loop: CaseLoop) -> None:
    """The same on Python 3.10, whose test case makes and closes the loop itself."""
    original = kind._setupAsyncioLoop

    def set_up_loop(case: Any) -> None:
        new_event_loop = asyncio.new_event_loop
        asyncio.new_event_loop = loop.current
        try:
            original(case)
        finally:
            asyncio.new_event_loop = new_event_loop

    def tear_down_loop(case: Any) -> None:
        own, case._asyncioTestLoop = case._asyncioTestLoop, None
        case._asyncioCallsQueue.put_nowait(None)
        own.run_until_complete(case._asyncioCallsTask)

    kind._setupAsyncioLoop = set_up_loop
    kind._tearDownAsyncioLoop = tear_down_loop
