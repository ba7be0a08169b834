"""Tests whose body never runs in process, where they pass if their set-up does: noticed here, and told to the host.

* ``unittest`` calls a method and takes whatever it returns for success. (Pytest itself fails a test function that
  returns something awaitable.)
* A decorator around an async test may call it, and run none of the coroutines that it makes.
"""

from __future__ import annotations

import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Generator
from types import CodeType
from typing import Any

import pytest

from ..leaks.never_awaited import NeverAwaited
from ..recorder import Recorder
from ..wire.conflict_pages import page
from ..wire.hidden_test import find_hidden_test
from .unrun_body import UnrunBody


class FalseGreen:
    """The pytest plugin that watches what becomes of the body of a test."""

    def __init__(self, recorder: Recorder, never_awaited: NeverAwaited) -> None:
        self._recorder = recorder
        self._unrun_body = UnrunBody(never_awaited)

    def check(self, method: Callable[..., object], result: object) -> None:
        """Take note if ``result``, which a test method of unittest has returned, is its body, waiting to be run.

        Raises:
            AssertionError: it is a generator, which nobody can run as a test.
        """
        is_generator = inspect.isgenerator(result) or inspect.isasyncgen(result)
        if not (is_generator or inspect.isawaitable(result)):
            return
        name = getattr(method, "__qualname__", repr(method))
        kind = "generator" if is_generator else "coroutine"
        if sys.version_info < (3, 11) or _is_tolerated(DeprecationWarning):
            self._record(f"unittest calls {name}, drops the {kind} that it returns, and reports success.")
        if is_generator:
            raise AssertionError(
                f"the body of this test never ran: {name} has a `yield` in it, so that a call only makes a generator"
            )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        __tracebackhide__ = True
        body = _behind_decorators(getattr(item, "obj", None), getattr(item, "originalname", item.name))
        if body is None:
            return (yield)
        with self._unrun_body.watching(body):
            result = yield
        if self._unrun_body.is_left_of(body):
            name = item.name
            if _is_tolerated(RuntimeWarning):
                self._record(f"a decorator of {name} makes its coroutine and drops it, and nobody minds.")
            raise AssertionError(
                f"the body of this test never ran: a decorator of {name} makes its coroutine and drops it"
            )
        return result

    def _record(self, how: str) -> None:
        self._recorder.record_false_green(
            f"In process the body of this test never runs: {how}\nMore: {page('green-without-running')}"
        )


def _behind_decorators(function: Any, name: str) -> CodeType | None:
    """The code of the coroutine function ``name`` that decorators hide; None for a test that has none."""
    hidden = None
    while True:
        if isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
            if inspect.iscoroutinefunction(function):
                hidden = getattr(function, "__code__", None)
        else:
            return hidden or getattr(find_hidden_test(function, name), "__code__", None)


def _is_tolerated(category: type[Warning]) -> bool:
    """False where the suite's warning filters make an error of what Python says about it."""
    try:
        with warnings.catch_warnings(record=True):
            warnings.warn("it is deprecated, or was never awaited", category, stacklevel=1)
    except category:
        return False
    return True
