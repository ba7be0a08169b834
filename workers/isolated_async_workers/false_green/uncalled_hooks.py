"""``asyncSetUp`` and ``asyncTearDown`` on a class that is no ``TestCase``: a warning, if nobody has called them.

They look as if they did something, and only ``unittest`` knows these names.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import unittest
from collections.abc import Callable, Generator
from types import CodeType, FunctionType
from typing import Any

import pytest

from ..summary_warning import warn_in_summary

_NAMES = ("asyncSetUp", "asyncTearDown")


class UncalledHooks:
    """The pytest plugin that watches them."""

    def __init__(self) -> None:
        self._uncalled: dict[str, tuple[Any, CodeType]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._uncalled = {}
        cls = getattr(item, "cls", None)
        if cls is None or issubclass(cls, unittest.TestCase) or not any(hasattr(cls, name) for name in _NAMES):
            return
        for name in _NAMES:
            method = getattr(item.instance, name, None)  # type: ignore[attr-defined]
            code = _code(method)
            if code is not None and inspect.iscoroutinefunction(method):
                # An object without attributes of its own cannot be watched.
                with contextlib.suppress(AttributeError):
                    setattr(item.instance, name, self._noticing(name, method))  # type: ignore[attr-defined]
                    self._uncalled[name] = method, code

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        __tracebackhide__ = True
        try:
            return (yield)
        finally:
            for name, (method, code) in self._uncalled.items():
                text = (
                    f"nothing calls {method.__qualname__}: only unittest.TestCase knows {name}. "
                    "Derive the class from it, or make the method an autouse fixture"
                )
                warn_in_summary(item, pytest.PytestWarning(text), code.co_filename, code.co_firstlineno)

    def _noticing(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        async def call(*args: Any, **kwargs: Any) -> Any:
            self._uncalled.pop(name, None)
            return await method(*args, **kwargs)

        return call


def _code(method: Any) -> CodeType | None:
    """Of a method or a static method; None for another kind of callable."""
    function = getattr(method, "__func__", method)
    return function.__code__ if isinstance(function, FunctionType) else None
