"""What is told of a case whose runtest protocol itself has raised: pytest, a plugin, or we have failed to run it.

In process such an exception ends the session (INTERNALERROR). It is often the test's: one that nobody can print.
"""

from __future__ import annotations

import traceback
from types import TracebackType

from .places import with_slashes

_OURS = "/isolated_async_workers/"
_PYTESTS = "/_pytest/"
#: Both sides' frames lie between these.
_HOOK_CALLS = "/pluggy/"


def describe(error: BaseException) -> str:
    """The traceback of ``error``; of one that cannot be printed, what can."""
    try:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except BaseException as of_printing:  # noqa: BLE001 - the exception's own methods may do anything
        frames = "".join(traceback.format_tb(of_printing.__traceback__))
        return f"{type(error).__qualname__}, which cannot be printed: {type(of_printing).__qualname__}\n{frames}"


def is_ours(trace: TracebackType | None) -> bool:
    """True if our code, and not pytest's, a plugin's or the test's, was running where this traceback ends.

    What the test's objects raise is the business of whoever has touched them.
    """
    files = [with_slashes(frame.f_code.co_filename) for frame, _ in traceback.walk_tb(trace)]
    for file in reversed(files):
        if _HOOK_CALLS in file or _PYTESTS in file:
            return False
        if _OURS in file:
            return True
    return False
