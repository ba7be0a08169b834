"""What ``addClassCleanup`` and ``addModuleCleanup`` were given, driven where ``unittest`` calls it.

``doClassCleanups`` takes one after another from a list of the class, and calls it; ``doModuleCleanups`` has one list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, SupportsIndex
from unittest import case


class _Driven(list[tuple[Callable[..., object], Any, Any]]):
    """Gives out functions that drive what they return. One of them may add another."""

    def __init__(self, cleanups: Any, resolve: Callable[[object], object]) -> None:
        super().__init__(cleanups)
        self._resolve = resolve

    def pop(self, index: SupportsIndex = -1) -> tuple[Callable[..., object], Any, Any]:
        function, arguments, options = super().pop(index)

        def call(*args: object, **kwargs: object) -> object:
            __tracebackhide__ = True
            return self._resolve(function(*args, **kwargs))

        return call, arguments, options


def drive_class_cleanups(cls: Any, resolve: Callable[[object], object]) -> None:
    """Have ``resolve`` drive what the class's cleanups return."""
    cleanups = getattr(cls, "_class_cleanups", None)
    if cleanups and not isinstance(cleanups, _Driven):
        cls._class_cleanups = _Driven(cleanups, resolve)


def drive_module_cleanups(resolve: Callable[[object], object]) -> None:
    """Have ``resolve`` drive what module cleanups return."""
    cleanups: Any = case._module_cleanups  # type: ignore[attr-defined]
    if not isinstance(cleanups, _Driven):
        case._module_cleanups = _Driven(cleanups, resolve)  # type: ignore[attr-defined]
