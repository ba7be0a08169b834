"""What a note from a worker must be like."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


class BadNote(Exception):
    """A worker has noted for a plugin what that plugin's module on the worker side does not write."""


def field(note: dict[str, Any], name: str, kind: type[T]) -> T:
    """The value called ``name``.

    Raises:
        BadNote: there is none, or it is of another type.
    """
    value = note.get(name)
    if not isinstance(value, kind):
        raise BadNote(f"{name} must be {kind.__name__}, got {repr(value)[:80]}")
    return value
