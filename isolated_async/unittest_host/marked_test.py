"""What the markers of a test say that ``unittest`` has loaded: it is shown to the selection as an item of pytest's."""

from __future__ import annotations

import os
import sys
import unittest
from collections.abc import Iterator
from typing import Any, cast

import pytest

from ..choice.marker import MARKER_NAME, marks_on
from ..choice.options import Settings
from ..choice.selection import IsolatedItem, Selection

#: There is no command line that could say otherwise.
_SETTINGS = Settings(
    mode="marked", workers=1, timeout_s=None, timeouts_off=False, slow_s=None, leaks="warn", loop_factory=""
)


class _Marked:
    """A class or module: what a test inherits marks from, or shares a worker by."""

    def __init__(self, nodeid: str, obj: Any) -> None:
        self.nodeid = nodeid
        self.obj = obj
        parts = reversed(obj.__mro__) if isinstance(obj, type) else [obj]
        self.own_markers = [mark for each in parts for mark in marks_on(each) if _is_ours(mark)]


class MarkedTest(_Marked):
    """The test itself, as far as the host's side looks at an item."""

    def __init__(self, test: unittest.TestCase) -> None:
        cls = type(test)
        super().__init__(test.id(), getattr(cls, test._testMethodName, None))
        self.test = test
        #: A worker finds it by its name, and needs no file.
        self.path = self.dir = os.curdir
        self.invocation_params = self
        self.session = self
        #: Nobody counts failures for the workers: unittest itself stops a run.
        self.testsfailed = 0
        self.config = self
        self._class = _Marked(f"{cls.__module__}.{cls.__qualname__}", cls)

    def iter_parents(self) -> Iterator[_Marked]:
        """What may be marked, the closest first. ``pytestmark`` of a module is pytest's alone."""
        yield from (self, self._class)

    def getparent(self, kind: type) -> _Marked:
        """The class or module."""
        name = type(self.test).__module__
        return self._class if kind is pytest.Class else _Marked(name, sys.modules.get(name))

    def getoption(self, name: str, default: object) -> object:
        """There are no options."""
        return default


def choose(tests: list[unittest.TestCase]) -> list[IsolatedItem | None]:
    """For each test how it is isolated; None if it is not.

    Raises:
        pytest.UsageError: a marker has an argument that is unknown or out of range.
    """
    marked = cast(list[pytest.Item], [MarkedTest(test) for test in tests])
    isolated = Selection(marked, _SETTINGS).isolated
    return [isolated.get(each) for each in marked]


def _is_ours(mark: Any) -> bool:
    return isinstance(mark, pytest.Mark) and mark.name == MARKER_NAME
