"""Where ``unittest`` calls a test case's own methods, and how those calls drive what comes back awaitable.

Methods are never replaced: ``await super().setUp()`` finds what the suite's author wrote. Only the four places in
``TestCase.run`` that call them are. ``IsolatedAsyncioTestCase`` overrides these places: see ``isolated_case.py``.
"""

from __future__ import annotations

import contextlib
import unittest
from collections.abc import Callable, Iterator

from ..false_green.watch import FalseGreen
from ..loop.case_loop import CaseLoop
from ..loop.reentry import Reentry
from .async_hook import AsyncHook, WrappedHook, is_answered
from .given import driven_examples

_ORIGINAL_TEST_METHOD = unittest.TestCase._callTestMethod  # type: ignore[attr-defined]


class UnittestCalls:
    """What happens at those four places for a plain ``TestCase``."""

    def __init__(self, loop: CaseLoop, reentry: Reentry, false_green: FalseGreen) -> None:
        self._loop = loop
        self._reentry = reentry
        self._false_green = false_green

    def install(self) -> None:
        """Make ``unittest.TestCase`` of this process drive the awaitables that its methods return."""
        take_over(unittest.TestCase, self.set_up, self.test_method, self.tear_down, self.cleanup)

    def set_up(self, case: unittest.TestCase) -> None:
        """Call ``setUp``, and see to it that ``asyncSetUp`` has run."""
        __tracebackhide__ = True
        self._call_with_twin(case, case.setUp, "asyncSetUp")

    def test_method(self, case: unittest.TestCase, method: Callable[[], object]) -> None:
        """Call the test, and drive its body."""
        __tracebackhide__ = True
        self._loop.restore()
        with driven_examples(method, self._loop.call):
            returned = method()
            self._false_green.check(method, returned)
            # What an async test returns may have to be awaited like what a sync one does.
            result = self._loop.resolve(self._loop.resolve(returned))
        if result is not None:
            # Not ours: unittest decides what it says about a test that returns a value.
            _ORIGINAL_TEST_METHOD(case, lambda: result)

    def tear_down(self, case: unittest.TestCase) -> None:
        """Call ``tearDown``, and see to it that ``asyncTearDown`` has run."""
        __tracebackhide__ = True
        self._loop.begin_teardown()
        self._call_with_twin(case, case.tearDown, "asyncTearDown")

    def cleanup(
        self, case: unittest.TestCase, function: Callable[..., object], /, *args: object, **kwargs: object
    ) -> None:
        """Call what ``addCleanup`` was given."""
        __tracebackhide__ = True
        self._loop.restore()
        self._loop.resolve(function(*args, **kwargs))

    def _call_with_twin(self, case: unittest.TestCase, method: Callable[[], object], twin: str) -> None:
        __tracebackhide__ = True
        self._loop.restore()
        if (wrapped := WrappedHook.of(case, twin)) is not None:
            try:
                self._loop.resolve(method())
                wrapped.settle(self._loop.resolve)
            finally:
                wrapped.remove()
            return
        with once(case, twin, self._reentry) as hook:
            self._loop.resolve(method())
            if hook is not None:
                hook.settle(self._loop.resolve)


def take_over(
    kind: type[unittest.TestCase],
    set_up: Callable[..., object],
    test_method: Callable[..., object],
    tear_down: Callable[..., object],
    cleanup: Callable[..., object],
) -> None:
    """Put these in the place of the four calls; each gets the test case first."""
    for name, call in (
        ("_callSetUp", set_up),
        ("_callTestMethod", test_method),
        ("_callTearDown", tear_down),
        ("_callCleanup", cleanup),
    ):
        setattr(kind, name, _as_method(call))


def _as_method(call: Callable[..., object]) -> Callable[..., object]:
    # A bound method in a class is not bound again: the test case would be missing.
    def method(case: unittest.TestCase, /, *args: object, **kwargs: object) -> object:
        __tracebackhide__ = True
        return call(case, *args, **kwargs)

    return method


@contextlib.contextmanager
def once(case: unittest.TestCase, name: str, reentry: Reentry) -> Iterator[AsyncHook | None]:
    """While it is open, ``case.name`` runs exactly once, whoever asks for it; None if it is no coroutine function."""
    __tracebackhide__ = True
    hook = AsyncHook.of(case, name)
    if hook is None:
        yield None
        return
    reentry.answer(is_answered)
    try:
        yield hook
    finally:
        hook.remove()
