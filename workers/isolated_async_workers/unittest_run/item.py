"""One test of ``unittest`` as an item of pytest's: what is around it is set up, and then it is its own ``run``."""

from __future__ import annotations

import sys
import unittest
from typing import Any

import pytest

from .fixtures import Fixtures
from .told_result import ToldResult


class TestCaseItem(pytest.Item):
    """Has of a test function of pytest's what our plugins ask for: obj, originalname, cls, instance, module."""

    def __init__(self, *, test: unittest.TestCase, **others: Any) -> None:
        super().__init__(**others)
        self.instance = test
        self.cls = type(test)
        self.module = sys.modules.get(self.cls.__module__)
        self.originalname = test._testMethodName
        self.obj = getattr(test, self.originalname, None)
        # The closest last, as pytest has them.
        marked = [*reversed(self.cls.__mro__), self.obj]
        self.own_markers.extend(mark for each in marked for mark in _marks_on(each))

    def connect(self, result: ToldResult, fixtures: Fixtures) -> None:
        """From here on it can be run."""
        self._result, self._fixtures = result, fixtures

    def setup(self) -> None:
        """Set up the test's module and class, where they are not yet."""
        self._result.item = self
        self._fixtures.set_up(self)

    def runtest(self) -> None:
        """Run it, ``setUp`` and ``tearDown`` included."""
        self.instance(self._result)


def _marks_on(marked: Any) -> list[pytest.Mark]:
    declared = getattr(marked, "__dict__", {}).get("pytestmark", [])
    marks: list[Any] = declared if isinstance(declared, list) else [declared]
    return [getattr(mark, "mark", mark) for mark in marks]
