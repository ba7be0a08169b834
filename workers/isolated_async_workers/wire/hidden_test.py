"""The async test behind decorators that leave no trace of it: those without ``functools.wraps``.

Both sides look for it: the host to know that a test is async, the worker to see whether its body runs.
"""

from __future__ import annotations

import functools
import inspect
from types import FunctionType, MethodType
from typing import Any

#: Functions that are looked at: far more than a test has decorators.
_MOST = 50


def find_hidden_test(function: Any, name: str) -> Any:
    """The coroutine function called ``name`` that ``function``, or one that it closes over, has in its closure.

    None if there is none, or if ``function`` itself is that. The name tells the test from whatever else a decorator
    closes over.
    """
    pending, seen = [function], set[int]()
    while pending and len(seen) < _MOST:
        each = pending.pop()
        if isinstance(each, (functools.partial, MethodType)):
            each = each.func if isinstance(each, functools.partial) else each.__func__
        if not isinstance(each, FunctionType) or id(each) in seen:
            continue
        seen.add(id(each))
        if each.__name__ == name and inspect.iscoroutinefunction(each):
            return each if len(seen) > 1 else None
        pending += (_content(cell) for cell in each.__closure__ or ())
        pending.append(getattr(each, "__wrapped__", None))
    return None


def _content(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # It is empty.
        return None
