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

from ..false_green.watch import FalseGreen
from ..loop.case_loop import CaseLoop
from ..loop.loop_factory import UNITTEST_HAS_FACTORIES
from ..loop.reentry import Reentry
from .given import driven_examples
from .unittest_calls import once, take_over


class IsolatedCaseCalls:
    """What happens where ``unittest`` calls the methods of an ``IsolatedAsyncioTestCase``."""

    def __init__(self, loop: CaseLoop, reentry: Reentry, false_green: FalseGreen) -> None:
        self._loop = loop
        self._reentry = reentry
        self._false_green = false_green

    def install(self) -> None:
        """Make every ``IsolatedAsyncioTestCase`` of this process run like that."""
        kind: Any = unittest.IsolatedAsyncioTestCase
        self._original_test_method = kind._callTestMethod
        take_over(kind, self.set_up, self.test_method, self.tear_down, self.maybe_async)
        self._loan: Any = (_RunnerLoan if sys.version_info >= (3, 11) else _LoopLoan)(kind, self._loop)

    def set_up(self, case: Any) -> None:
        """Call ``setUp`` and ``asyncSetUp``."""
        __tracebackhide__ = True
        self._loop.restore()
        with once(case, "asyncSetUp", self._reentry) as hook:
            self.maybe_async(case, case.setUp)
            if hook is not None and hook.open_loop not in (None, self._loan.loop_of(case)):
                # An eager setUp ran it on a loop of its own: what it made there, the test needs there.
                asyncio.set_event_loop(hook.open_loop)
                self._loan.renew(case)
            self.maybe_async(case, case.asyncSetUp)

    def test_method(self, case: Any, method: Callable[[], object]) -> None:
        """Call the test, and run its body."""
        __tracebackhide__ = True
        self._loop.restore()
        with driven_examples(method, functools.partial(self.maybe_async, case)) as is_driven:
            # What runs the examples must not run in the context in which each of them does.
            returned = method() if is_driven else self._call(case, method)
            self._false_green.check(method, returned)
            result = self._finish(case, returned)
        if result is not None:
            self._original_test_method(case, lambda: result)

    def tear_down(self, case: Any) -> None:
        """Call ``asyncTearDown`` and ``tearDown``."""
        __tracebackhide__ = True
        self._loop.restore()
        self._loop.begin_teardown()
        with once(case, "asyncTearDown", self._reentry):
            self.maybe_async(case, case.asyncTearDown)
            self.maybe_async(case, case.tearDown)

    def maybe_async(self, case: Any, function: Callable[..., object], /, *args: object, **kwargs: object) -> object:
        """Call ``function`` as the test case does, and run what comes back awaitable."""
        __tracebackhide__ = True
        return self._finish(case, self._call(case, function, *args, **kwargs))

    def _call(self, case: Any, function: Callable[..., object], /, *args: object, **kwargs: object) -> object:
        __tracebackhide__ = True
        if self._loan.loop_of(case).is_closed():
            self._loan.renew(case)
        return case._callMaybeAsync(function, *args, **kwargs)

    def _finish(self, case: Any, result: object) -> object:
        __tracebackhide__ = True
        if not inspect.isawaitable(result):
            return result

        async def wait() -> object:
            __tracebackhide__ = True
            return await result

        return case._callMaybeAsync(wait)


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
