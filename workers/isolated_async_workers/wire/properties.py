"""``user_properties`` of a report: values of the user's own, which must keep their type on the way where they can.

JSON makes a list of a tuple, and what it cannot hold (a Path, an object) arrives as its text.
"""

from __future__ import annotations

from typing import Any

_TUPLE = "$tuple"


def pack(value: object) -> Any:
    """``value`` with every tuple in it marked."""
    if isinstance(value, tuple):
        return {_TUPLE: [pack(each) for each in value]}
    if isinstance(value, list):
        return [pack(each) for each in value]
    if isinstance(value, dict):
        return {key: pack(each) for key, each in value.items()}
    return value


def unpack(value: Any) -> Any:
    """What :func:`pack` was given."""
    if isinstance(value, list):
        return [unpack(each) for each in value]
    if isinstance(value, dict):
        if value.keys() == {_TUPLE} and isinstance(value[_TUPLE], list):
            return tuple(unpack(each) for each in value[_TUPLE])
        return {key: unpack(each) for key, each in value.items()}
    return value
