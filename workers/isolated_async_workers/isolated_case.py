"""``unittest.IsolatedAsyncioTestCase``: its own runner, with its semantics, on the loop of the case.

What it misses in process is given to it: set-up code and test share one loop, which class hooks may have used and which
they find open afterwards; an eager ``setUp`` does not make ``asyncSetUp`` run twice; an awaitable that a sync wrapper
returns is awaited. A case that has a ``loop_factory`` of its own keeps it.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
import unittest
from collections.abc import Callable
from typing import Any

from .case_loop import CaseLoop
from .false_green import FalseGreen
from .given import driven_examples
from .loop_factory import UNITTEST_HAS_FACTORIES
from .reentry import Reentry
from .unittest_calls import once


def drive_isolated_cases(loop: CaseLoop, reentry: Reentry, false_green: FalseGreen) -> None:
    """Make every ``IsolatedAsyncioTestCase`` of this process run like that."""

    def maybe_async(case: Any, function: Callable[..., object], *args: object, **kwargs: object) -> object:
        __tracebackhide__ = True
        return finish(case, call(case, function, *args, **kwargs))

    def call(case: Any, function: Callable[..., object], *args: object, **kwargs: object) -> object:
        __tracebackhide__ = True
        if loan.loop_of(case).is_closed():
            loan.renew(case)
        return case._callMaybeAsync(function, *args, **kwargs)

    def finish(case: Any, result: object) -> object:
        __tracebackhide__ = True
        if not inspect.isawaitable(result):
            return result

        async def wait() -> object:
            __tracebackhide__ = True
            return await result

        return case._callMaybeAsync(wait)

    def call_set_up(case: Any) -> None:
        __tracebackhide__ = True
        loop.restore()
        with once(case, "asyncSetUp", reentry) as hook:
            maybe_async(case, case.setUp)
            if hook is not None and hook.open_loop not in (None, loan.loop_of(case)):
                # An eager setUp ran it on a loop of its own: what it made there, the test needs there.
                asyncio.set_event_loop(hook.open_loop)
                loan.renew(case)
            maybe_async(case, case.asyncSetUp)

    def call_test_method(case: Any, method: Callable[[], object]) -> None:
        __tracebackhide__ = True
        with driven_examples(method, functools.partial(maybe_async, case)) as is_driven:
            # What runs the examples must not run in the context in which each of them does.
            returned = method() if is_driven else call(case, method)
            false_green.check(method, returned)
            result = finish(case, returned)
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
    loan: Any = _RunnerLoan(kind, loop) if sys.version_info >= (3, 11) else _LoopLoan(kind, loop)


class _RunnerLoan:
    """Has every case's ``asyncio.Runner`` run on a loop of ours."""

    def __init__(self, kind: Any, loop: CaseLoop) -> None:
        class BorrowingRunner(asyncio.Runner):  # type: ignore[name-defined,misc] # mypy: not on Python 3.10
            """Runs on a loop that others go on with: it leaves it open."""

            def close(self) -> None:
                pass

        self._make_runner = functools.partial(BorrowingRunner, debug=True, loop_factory=loop.current)
        original = kind._setupAsyncioRunner

        def set_up_runner(case: Any) -> None:
            if UNITTEST_HAS_FACTORIES and getattr(case, "loop_factory", None) not in (None, loop.factory):
                original(case)
            else:
                self.renew(case)

        kind._setupAsyncioRunner = set_up_runner

    def renew(self, case: Any) -> None:
        """Have the rest of the case run on what is the current loop now."""
        case._asyncioRunner = self._make_runner()

    def loop_of(self, case: Any) -> Any:
        """The loop that the case runs on."""
        return case._asyncioRunner.get_loop()


class _LoopLoan:
    """The same on Python 3.10, whose test case makes and closes the loop itself."""

    def __init__(self, kind: Any, loop: CaseLoop) -> None:
        self._current = loop.current
        original = kind._setupAsyncioLoop

        def set_up_loop(case: Any) -> None:
            current, new_event_loop = loop.current(), asyncio.new_event_loop
            asyncio.new_event_loop = lambda: current
            try:
                original(case)
            finally:
                asyncio.new_event_loop = new_event_loop

        kind._setupAsyncioLoop = set_up_loop
        kind._tearDownAsyncioLoop = lambda case: self._end(case)

    def renew(self, case: Any) -> None:
        """Have the rest of the case run on what is the current loop now."""
        current = self._current()
        self._end(case)
        asyncio.set_event_loop(current)
        case._setupAsyncioLoop()

    def loop_of(self, case: Any) -> Any:
        """The loop that the case runs on."""
        return case._asyncioTestLoop

    def _end(self, case: Any) -> None:
        own, case._asyncioTestLoop = case._asyncioTestLoop, None
        if not own.is_closed():
            case._asyncioCallsQueue.put_nowait(None)
            own.run_until_complete(case._asyncioCallsTask)
