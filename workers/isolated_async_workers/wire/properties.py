"""Values of the user's own in a report (``record_property``, attributes set by a hook), which must keep their type.

JSON makes a list of a tuple, a string of a dict's key and nothing of bytes; what cannot be marked (a Path, an object)
arrives as its text.
"""

from __future__ import annotations

import re
from typing import Any

_TUPLE = "$tuple"
#: In hexadecimal digits, two a byte.
_BYTES = "$bytes"
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
#: A dict as pairs: its keys are no strings, or it looks like one of these marks.
_DICT = "$dict"
#: Levels of nesting that are kept.
_DEEPEST = 100
#: Containers that are written although they were before: one that is twice in each of some levels doubles with each.
_MOST_REPEATS = 100_000
#: What pytest itself puts into a report, in forms that the host knows; all else is a user's or a plugin's.
_OF_PYTEST = frozenset(
    {
        "$report_type",
        "_report_type",
        "_subtest.context",
        "duration",
        "keywords",
        "location",
        "longrepr",
        "nodeid",
        "outcome",
        "sections",
        "start",
        "stop",
        "wasxfail",
        "when",
    }
)


def pack_report(data: dict[str, Any]) -> dict[str, Any]:
    """A serialised report with what is a user's in it packed."""
    return {key: value if key in _OF_PYTEST else pack(value) for key, value in data.items()}


def unpack_report(data: dict[str, Any]) -> dict[str, Any]:
    """What :func:`pack_report` was given."""
    return {key: value if key in _OF_PYTEST else unpack(value) for key, value in data.items()}


def pack_note(note: dict[str, Any]) -> dict[str, Any]:
    """A plugin's note, whose own names are plain, with its values packed; :func:`unpack` undoes it."""
    return {name: pack(value) for name, value in note.items()}


def pack(value: object) -> Any:
    """``value`` with every tuple, bytes and every dict that JSON would change marked.

    Cut off are a cycle, what is nested too deeply, and what has the same containers again and again.
    """
    return _Packing().pack(value)


class _Packing:
    """One value, and the containers in it: JSON writes one that is there several times each time anew."""

    def __init__(self) -> None:
        #: Those that the one at hand is in.
        self._outer: set[int] = set()
        self._seen: set[int] = set()
        self._repeats = 0

    def pack(self, value: object) -> Any:
        if isinstance(value, (tuple, list, dict)):
            return self._container(value)
        return {_BYTES: value.hex()} if isinstance(value, bytes) else value

    def _container(self, value: Any) -> Any:
        key = id(value)
        if key in self._outer:
            return "<contains itself>"
        if len(self._outer) > _DEEPEST:
            return "<nested too deeply>"
        if key in self._seen:
            self._repeats += 1
            if self._repeats > _MOST_REPEATS:
                return "<repeated too often>"
        self._seen.add(key)
        self._outer.add(key)
        packed = self._members(value)
        self._outer.discard(key)
        return packed

    def _members(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return {_TUPLE: [self.pack(each) for each in value]}
        if isinstance(value, list):
            return [self.pack(each) for each in value]
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: self.pack(each) for key, each in value.items()}
        return {_DICT: [[self.pack(key), self.pack(each)] for key, each in value.items()]}


def unpack(value: Any) -> Any:
    """What :func:`pack` was given. Marks that it cannot have made stay as they are."""
    match value:
        case list():
            return [unpack(each) for each in value]
        case {"$tuple": list(members)} if len(value) == 1:
            return tuple(unpack(each) for each in members)
        case {"$bytes": str(digits)} if len(value) == 1 and _HEX.fullmatch(digits):
            return bytes.fromhex(digits)
        case {"$dict": list(pairs)} if len(value) == 1 and all(isinstance(p, list) and len(p) == 2 for p in pairs):
            return {_as_key(unpack(key)): unpack(each) for key, each in pairs}
        case dict():
            return {key: unpack(each) for key, each in value.items()}
        case _:
            return value


def _as_key(value: object) -> object:
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value
