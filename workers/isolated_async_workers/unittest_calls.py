"""Where ``unittest`` calls a test case's own methods, and how those calls drive what comes back awaitable.

Methods are never replaced: ``await super().setUp()`` finds what the suite's author wrote. Only the four places in
``TestCase.run`` that call them are. ``IsolatedAsyncioTestCase`` overrides these places: see ``isolated_case.py``.
"""

from __future__ import annotations

import contextlib
import unittest
from collections.abc import Callable, Iterator
from typing import Any

from .async_hook import AsyncHook, is_answered
from .case_loop import CaseLoop
from .false_green import FalseGreen
from .given import driven_examples
from .reentry import Reentry

_ORIGINAL_TEST_METHOD = unittest.TestCase._callTestMethod  # type: ignore[attr-defined]


def drive_unittest_calls(loop: CaseLoop, reentry: Reentry, false_green: FalseGreen) -> None:
    """Make ``unittest.TestCase`` of this process drive the awaitables that its methods return."""

    def call_with_twin(case: unittest.TestCase, method: Callable[[], object], twin: str) -> None:
        __tracebackhide__ = True
        loop.restore()
        with once(case, twin, reentry) as hook:
            loop.resolve(method())
            if hook is not None:
                hook.settle(loop.resolve)

    def call_set_up(case: unittest.TestCase) -> None:
        __tracebackhide__ = True
        call_with_twin(case, case.setUp, "asyncSetUp")

    def call_test_method(case: unittest.TestCase, method: Callable[[], object]) -> None:
        __tracebackhide__ = True
        loop.restore()
        with driven_examples(method, loop.call):
            returned = method()
            false_green.check(method, returned)
            result = loop.resolve(returned)
        if result is not None:
            # Not ours: unittest decides what it says about a test that returns a value.
            _ORIGINAL_TEST_METHOD(case, lambda: result)

    def call_tear_down(case: unittest.TestCase) -> None:
        __tracebackhide__ = True
        loop.begin_teardown()
        call_with_twin(case, case.tearDown, "asyncTearDown")

    def call_cleanup(case: unittest.TestCase, function: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        loop.restore()
        loop.resolve(function(*args, **kwargs))

    for name, call in (
        ("_callSetUp", call_set_up),
        ("_callTestMethod", call_test_method),
        ("_callTearDown", call_tear_down),
        ("_callCleanup", call_cleanup),
    ):
        setattr(unittest.TestCase, name, call)


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
