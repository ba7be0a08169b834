"""``asyncSetUp`` and ``asyncTearDown`` on a class that is no ``TestCase``: a warning, if nobody has called them.

They look as if they did something, and only ``unittest`` knows these names.
"""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import Callable, Generator
from typing import Any

import pytest

from .summary_warning import warn_in_summary

_NAMES = ("asyncSetUp", "asyncTearDown")


class UncalledHooks:
    """The pytest plugin that watches them."""

    def __init__(self) -> None:
        self._uncalled: dict[str, Any] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._uncalled = {}
        cls = getattr(item, "cls", None)
        if cls is None or issubclass(cls, unittest.TestCase) or not any(hasattr(cls, name) for name in _NAMES):
            return
        for name in _NAMES:
            method = getattr(item.instance, name, None)  # type: ignore[attr-defined]
            if inspect.iscoroutinefunction(method):
                self._uncalled[name] = method
                setattr(item.instance, name, self._noticing(name, method))  # type: ignore[attr-defined]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        try:
            return (yield)
        finally:
            for name, method in self._uncalled.items():
                code = method.__func__.__code__
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
