"""A message as plain data, and back: every field is checked against its annotation.

A peer that sends anything else is answered with a :class:`ProtocolError`, never with an attribute error far away.
"""

from __future__ import annotations

import functools
import types
import typing
from dataclasses import fields
from typing import Any, Literal

from .messages import Message, ProtocolError

_BY_NAME: dict[str, type[Message]] = {kind.__name__: kind for kind in typing.get_args(Message)}
_FIELD_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in _BY_NAME.values()}


def to_plain(message: Message) -> list[Any]:
    """The message as ``[name, field, field, ...]``."""
    kind = type(message)
    return [kind.__name__, *(getattr(message, name) for name in _FIELD_NAMES[kind])]


def from_plain(data: object) -> Message:
    """The message that ``data`` describes.

    Raises:
        ProtocolError: ``data`` is not ``[name, field, ...]`` with a known name and fields of the right types.
    """
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise ProtocolError(f"expected a list that starts with a message name, got {_shorten(data)}")
    kind = _BY_NAME.get(data[0])
    if kind is None:
        raise ProtocolError(f"unknown message {_shorten(data[0])}; known are {', '.join(_BY_NAME)}")
    values = data[1:]
    expected = _field_types(kind)  # type: ignore[arg-type] # mypy: a union of classes is hashable
    if len(values) != len(expected):
        raise ProtocolError(f"{data[0]} has {len(expected)} fields, got {len(values)}")
    for (name, hint), value in zip(expected, values, strict=True):
        if not _fits(value, hint):
            raise ProtocolError(f"{data[0]}.{name} must be {hint}, got {_shorten(value)}")
    return kind(*values)


@functools.cache
def _field_types(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(typing.get_type_hints(kind).items())


def _fits(value: object, hint: Any) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_fits(value, option) for option in typing.get_args(hint))
    if typing.get_origin(hint) is Literal:
        return value in typing.get_args(hint)
    if typing.get_origin(hint) is list:
        (element,) = typing.get_args(hint)
        return isinstance(value, list) and (element is Any or all(_fits(each, element) for each in value))
    if typing.get_origin(hint) is dict:
        return isinstance(value, dict)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
