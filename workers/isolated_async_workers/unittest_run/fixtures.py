"""The fixtures of classes and modules, called by ``unittest.TestSuite`` as in process, and driven where they are async.

Unittest sees whose turn it is by the class of the test; here it is shown one whose hooks drive what they return.
"""

from __future__ import annotations

import inspect
import sys
import unittest
from collections.abc import Callable
from typing import Any

import pytest

from ..driving.class_cleanups import drive_class_cleanups, drive_module_cleanups
from .told_result import NotSetUp, ToldResult


class Fixtures:
    """Of the tests of one worker."""

    def __init__(self, result: ToldResult, resolve: Callable[[object], object]) -> None:
        self._unittest: Any = unittest.TestSuite()
        self._result: Any = result
        self._resolve = resolve
        self._classes: dict[type, _DrivenClass] = {}
        self._has_begun = False

    def set_up(self, item: pytest.Item) -> None:
        """Tear down what the test before this one had and this one does not need, and set up what it needs.

        Raises:
            NotSetUp: its class or module could not be set up, now or for an earlier test.
        """
        __tracebackhide__ = True
        cls: type[unittest.TestCase] = item.cls  # type: ignore[attr-defined]
        if not self._has_begun:
            self._has_begun = True
            drive_module_cleanups(self._resolve)
            item.session.addfinalizer(self.tear_down)
        self._drive_module(cls.__module__)
        driven = self._classes.setdefault(cls, _DrivenClass(cls, self._resolve))
        test = _OfClass(driven)
        self._unittest._tearDownPreviousClass(test, self._result)
        self._unittest._handleModuleFixture(test, self._result)
        self._unittest._handleClassSetUp(test, self._result)
        self._result._previousTestClass = driven
        if getattr(driven, "_classSetupFailed", False) or self._result._moduleSetUpFailed:
            raise NotSetUp

    def tear_down(self) -> None:
        """Tear down what is set up."""
        self._unittest._tearDownPreviousClass(None, self._result)
        self._unittest._handleModuleTearDown(self._result)

    def _drive_module(self, name: str) -> None:
        module: Any = sys.modules.get(name)
        for hook in ("setUpModule", "tearDownModule"):
            function = getattr(module, hook, None)
            if inspect.iscoroutinefunction(function):
                setattr(module, hook, _driving(function, self._resolve))


class _OfClass:
    """A test, so far as unittest looks at it when it sets up what is around it."""

    def __init__(self, cls: object) -> None:
        self._cls = cls

    @property
    def __class__(self) -> Any:
        return self._cls

    @__class__.setter
    def __class__(self, cls: Any) -> None:
        raise AttributeError


class _DrivenClass:
    """A test class, so far as unittest looks at it then; what it sets on it stays here."""

    def __init__(self, cls: Any, resolve: Callable[[object], object]) -> None:
        self._cls = cls
        self._resolve = resolve
        self.__module__ = cls.__module__
        self.__qualname__ = cls.__qualname__

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._cls, name)
        if name in ("setUpClass", "tearDownClass"):
            return _driving(value, self._resolve)
        if name == "doClassCleanups":
            # Only now are all of them known.
            drive_class_cleanups(self._cls, self._resolve)
        return value


def _driving(function: Callable[[], object], resolve: Callable[[object], object]) -> Callable[[], None]:
    def call() -> None:
        __tracebackhide__ = True
        resolve(function())

    return call
