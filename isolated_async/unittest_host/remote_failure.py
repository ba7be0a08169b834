"""The exception of a worker's test, for the results of ``unittest``: whatever formats it gets the worker's own text.

A result is handed class, exception and traceback, and formats them by ``traceback.TracebackException``: of an exception
without traceback that is the name of its class, then its text. So the name of this one is all that comes before that.
"""

from __future__ import annotations

from typing import Any

ExcInfo = tuple[type[BaseException], BaseException, None]


def remote_failure(text: str, name: str, message: str = "", kind: Any = Exception) -> ExcInfo:
    """A failure that is shown as ``text``; ``name`` and ``message`` are of the exception, which is to be a ``kind``."""
    shown = text.rstrip("\n")
    is_last = bool(message) and shown.endswith(f": {message}")
    if is_last:
        shown = shown.removesuffix(f": {message}")
    body = {
        # Of builtins, a traceback does not name the module.
        "__module__": "builtins",
        "__qualname__": shown,
        "__init__": lambda self: None,
        "__str__": lambda self: message if is_last else "",
    }
    made = type(name if name.isidentifier() else kind.__name__, (kind,), body)
    return made, made(), None
