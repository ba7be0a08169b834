"""Which part of a value cannot be pickled, named as one would write it: ``args[1].connection._lock``.

Both sides ask: what is sent to a process, and what it sends back. Each gives its own way of pickling.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

#: Parts that are looked at to find the one that cannot be pickled: what is larger is named as a whole.
_MOST_PARTS = 500
_DEEPEST = 12

Dumps = Callable[[object], bytes]


def find_culprit(path: str, value: object, error: Exception, dumps: Dumps) -> tuple[str, object, Exception]:
    """The innermost part of ``value``, which ``dumps`` has refused with ``error``: its path, itself, and why."""
    left = _MOST_PARTS
    seen = {id(value)}
    for _ in range(_DEEPEST):
        for step, part in _parts(value):
            left -= 1
            if left < 0:
                return path, value, error
            cause = None if id(part) in seen else _why_not(part, dumps)
            seen.add(id(part))
            if cause is not None:
                path, value, error = path + step, part, cause
                break
        else:
            break
    return path, value, error


def why_unpicklable(path: str, value: object, error: Exception, dumps: Dumps) -> str:
    """The same as a text: ``args[1].connection._lock: cannot pickle '_thread.lock' object``."""
    where, part, cause = find_culprit(path, value, error, dumps)
    text = str(cause)
    if not isinstance(cause, TypeError) or not text:
        text = f"cannot pickle {kind_of(part)!r} object ({type(cause).__name__}: {text})"
    return f"{where}: {text}"


def kind_of(value: object) -> str:
    """The name of its class, with the module, unless that is built in."""
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _parts(value: Any) -> Iterator[tuple[str, object]]:
    """What a value consists of, each with what is written to get at it."""
    if isinstance(value, dict):
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, (list, tuple)):
        names = getattr(value, "_fields", None)
        yield from ((f"[{at}]" if names is None else f".{names[at]}", part) for at, part in enumerate(value))
    elif isinstance(value, (set, frozenset)):
        yield from (("{...}", part) for part in value)
    if not isinstance(value, type):
        yield from _parts_of_function(value)
        yield from ((f".{name}", part) for name, part in list(getattr(value, "__dict__", {}).items()))
        for kind in type(value).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                with contextlib.suppress(AttributeError):
                    yield f".{name}", getattr(value, name)


def _parts_of_function(value: Any) -> Iterator[tuple[str, object]]:
    """Of a function, a method or a partial: the object that it is bound to, what it closes over, and what it names."""
    # The attributes of functools.partial, which is written in C.
    for name in ("__self__", "func", "args", "keywords"):
        if name == "__self__" or callable(getattr(value, "func", None)):
            part = getattr(value, name, None)
            if part is not None:
                yield f".{name}", part
    function = getattr(value, "__func__", value)
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return
    for variable, cell in zip(code.co_freevars, getattr(function, "__closure__", None) or (), strict=False):
        with contextlib.suppress(ValueError):
            yield f".<closure>.{variable}", cell.cell_contents
    yield from ((f".<defaults>[{at}]", part) for at, part in enumerate(getattr(function, "__defaults__", None) or ()))
    known = getattr(function, "__globals__", {})
    yield from ((f".<globals>.{name}", known[name]) for name in _names_in(code) if name in known)


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def _why_not(value: object, dumps: Dumps) -> Exception | None:
    try:
        dumps(value)
    except Exception as error:  # noqa: BLE001 - a user's __reduce__ may raise anything
        return error
    return None
