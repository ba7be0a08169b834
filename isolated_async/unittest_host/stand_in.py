"""What stands in a suite in the place of a test that runs in a worker.

``unittest`` sets up and tears down classes and modules as it meets tests of other ones. The class that it finds on this
tells it nothing of what the worker does, unless tests of the same class or module run here as well.
"""

from __future__ import annotations

import unittest
from collections import Counter
from collections.abc import Callable
from typing import Any

#: No module has this name.
_NOWHERE = "<in workers>"


class StandIn:
    """Hands its test over when it is called; everything else about it is the test's."""

    def __init__(self, test: unittest.TestCase, shown: type, hand_over: Callable[[Any], None]) -> None:
        self._test = test
        self._shown = shown
        self._hand_over = hand_over

    @property
    def __class__(self) -> Any:
        return self._shown

    @__class__.setter
    def __class__(self, cls: Any) -> None:
        raise AttributeError

    def __call__(self, result: Any) -> Any:
        self._hand_over(result)
        return result

    run = __call__

    def __getattr__(self, name: str) -> Any:
        return getattr(self._test, name)

    def __str__(self) -> str:
        return str(self._test)


class ShownClasses:
    """The class by which unittest is to know an isolated test."""

    def __init__(self, tests_here: list[unittest.TestCase]) -> None:
        """``tests_here`` are those that are not isolated."""
        self._classes = {type(test) for test in tests_here}
        self._modules = Counter(cls.__module__ for cls in self._classes)
        self._made: dict[str, type] = {}

    def of(self, test: unittest.TestCase) -> type:
        """Its own if others of that run here, else one of the same module if others of that do, else one of none."""
        cls = type(test)
        if cls in self._classes:
            return cls
        module = cls.__module__ if cls.__module__ in self._modules else _NOWHERE
        return self._made.setdefault(module, type("InWorkers", (), {"__module__": module}))
