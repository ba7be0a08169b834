"""Values in a few words, whatever they are: a test's ``__repr__`` may raise, or write a book."""

from __future__ import annotations

import re
import reprlib
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

#: Characters.
_LONGEST = 80
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class _Short(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = _LONGEST
        self.maxlevel = 2
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = 3


_repr = _Short().repr


def short(value: Any) -> str:
    """One line."""
    try:
        kind = type(value)
        if kind is FunctionType or kind is BuiltinFunctionType:
            text = f"{value.__module__}.{value.__qualname__}"
        elif kind is MethodType:
            text = f"{value.__func__.__module__}.{value.__func__.__qualname__} of {_repr(value.__self__)}"
        elif kind is ModuleType:
            text = f"module {value.__name__}"
        elif issubclass(kind, type):
            text = f"class {value.__module__}.{value.__qualname__}"
        else:
            text = _repr(value)
    except BaseException:  # noqa: BLE001 - a __repr__ of a test's may raise SystemExit
        text = f"an object of {getattr(type(value), '__name__', 'some class')} that cannot be shown"
    text = _ADDRESS.sub("", " ".join(text.split()))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
