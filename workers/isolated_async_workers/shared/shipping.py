"""Pickles the value of a shared fixture, or says which part of it cannot be pickled."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import cloudpickle  # type: ignore[import-untyped] # it has no types

from ..wire.value_text import MAX_VALUE_BYTES

#: Parts that are looked at to find the one that cannot be pickled: what is larger is named as a whole.
_MOST_PARTS = 500
_DEEPEST = 12
_MIB = 1024 * 1024


class NotShippable(Exception):
    """The value cannot be given to the tests; the text says what of it, and why."""


def pickle_value(name: str, value: object) -> bytes:
    """The value of the shared fixture ``name``, pickled.

    Raises:
        NotShippable: cloudpickle cannot pickle it, or it is too large.
    """
    try:
        pickled: bytes = cloudpickle.dumps(value)
    except Exception as error:  # noqa: BLE001 - a user's __reduce__ may raise anything
        path, part, cause = _culprit(name, value, error)
        where = "" if path == name else f", because of {path}"
        raise NotShippable(
            f"the value of shared fixture {name!r}, of type {_kind(value)}, cannot be sent to the tests{where}: "
            f"{_kind(part)} cannot be pickled ({type(cause).__name__}: {cause}). "
            "Share what tests need to reach it instead, like an address or a path"
        ) from None
    if len(pickled) > MAX_VALUE_BYTES:
        raise NotShippable(
            f"the value of shared fixture {name!r} takes {len(pickled) / _MIB:.0f} MiB when pickled; at most "
            f"{MAX_VALUE_BYTES // _MIB} MiB are sent to a test. Write it to a file, and share the path"
        )
    return pickled


def _culprit(path: str, value: object, error: Exception) -> tuple[str, object, Exception]:
    """The innermost part that cannot be pickled: its path, itself, and why."""
    left = _MOST_PARTS
    seen = {id(value)}
    for _ in range(_DEEPEST):
        for step, part in _parts(value):
            left -= 1
            if left < 0:
                return path, value, error
            cause = None if id(part) in seen else _why_not(part)
            seen.add(id(part))
            if cause is not None:
                path, value, error = path + step, part, cause
                break
        else:
            break
    return path, value, error


def _parts(value: Any) -> Iterator[tuple[str, object]]:
    """What a value consists of, each with what is written to get at it."""
    if isinstance(value, dict):
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, (list, tuple)):
        names = getattr(value, "_fields", None)
        yield from ((f"[{at}]" if names is None else f".{names[at]}", part) for at, part in enumerate(value))
    elif isinstance(value, (set, frozenset)):
        yield from (("{...}", part) for part in value)
    function = getattr(value, "__func__", value)
    cells = getattr(function, "__closure__", None) or ()
    for variable, cell in zip(getattr(getattr(function, "__code__", None), "co_freevars", ()), cells, strict=False):
        with contextlib.suppress(ValueError):
            yield f".<closure>.{variable}", cell.cell_contents
    if not isinstance(value, type):
        yield from ((f".{name}", part) for name, part in list(getattr(value, "__dict__", {}).items()))
        for kind in type(value).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                with contextlib.suppress(AttributeError):
                    yield f".{name}", getattr(value, name)


def _why_not(value: object) -> Exception | None:
    try:
        cloudpickle.dumps(value)
    except Exception as error:  # noqa: BLE001 - a user's __reduce__ may raise anything
        return error
    return None


def _kind(value: object) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
