"""Spares the workers copies of memory: what lives as long as the run is not counted any more.

Python keeps the number of references to an object in the object itself, so that a worker that only calls a function
writes to it, and gets a copy of its page of memory. Since Python 3.12 there are objects that are not counted, the
immortal ones (PEP 683: None, small integers, the built-in types). The zygote adds functions, code, methods and classes
of the standard library, of pytest and pytest-asyncio, and of this package. Nothing of the user's, and nothing that
could be missed when it is gone.

Python has no function for that. What marks an object is a number in the place of its count, the same in 3.12 and 3.13;
in other versions, and in builds that count otherwise, everything is counted as always.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

#: ``_Py_IMMORTAL_REFCNT`` of Include/object.h (3.12) and of Include/refcount.h (3.13).
_IMMORTAL = 0xFFFFFFFF
_KNOWN_VERSIONS = {(3, 12), (3, 13)}

_PACKAGES = {*sys.stdlib_module_names, "_pytest", "pytest", "pluggy", "pytest_asyncio", "isolated_async_workers"}
_PLAIN = frozenset(
    (
        *(BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType, GetSetDescriptorType, MemberDescriptorType),
        *(CellType, str, bytes, float, tuple),
    )
)


def make_immortal() -> None:
    """Do it, where it can be done."""
    if not _is_possible():
        return
    import ctypes

    count_at = ctypes.c_ssize_t.from_address
    for address in _what_lasts():
        count_at(address).value = _IMMORTAL


def _is_possible() -> bool:
    return (
        sys.implementation.name == "cpython"
        and sys.version_info[:2] in _KNOWN_VERSIONS
        and not hasattr(sys, "gettotalrefcount")  # Debug builds count what they are not to free.
        and sys.getrefcount(None) == _IMMORTAL
    )


def _what_lasts() -> dict[int, object]:
    """By their addresses."""
    found: dict[int, object] = {}
    for name, module in list(sys.modules.items()):
        if not _is_of_python(name) or type(module) is not ModuleType:
            continue
        found[id(module)] = module
        waiting = list(vars(module).values())
        while waiting:
            value = waiting.pop()
            if id(value) in found:
                continue
            # By the very type: others may be anything.
            if type(value) in _PLAIN:
                found[id(value)] = value
            elif (parts := _parts(value, name)) is not None:
                found[id(value)] = value
                waiting += parts
    return found


def _is_of_python(module: object) -> bool:
    """Or of pytest, or ours."""
    return isinstance(module, str) and module.partition(".")[0] in _PACKAGES


def _parts(value: Any, module: str) -> Iterable[object] | None:
    """What ``value`` is made of, or None if it is not of ``module``, or may be gone one day."""
    kind = type(value)
    if kind is FunctionType:
        # Somebody may have put one of theirs in the place of another.
        if not _is_of_python(value.__globals__.get("__name__")):
            return None
        return (value.__code__, vars(value).get("__wrapped__"), *(value.__closure__ or ()))
    if kind is CodeType:
        # The tuple itself is not counted when one of them is used.
        return value.co_consts  # type: ignore[no-any-return]
    if kind in (staticmethod, classmethod):
        return (value.__func__,)
    if kind is property:
        return (value.fget, value.fset)
    if isinstance(value, type) and value.__module__ == module:
        return list(vars(value).values())
    return None
