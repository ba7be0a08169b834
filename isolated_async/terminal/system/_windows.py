"""Windows consoles: every process that is attached to one may read from it and write to it. Untested there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable


def give_foreground(process_group: int) -> Callable[[], None] | None:
    """None: a console has no foreground group."""
    return None


def same_settings() -> contextlib.AbstractContextManager[None]:
    """Nothing is kept: Python changes no mode of a console (GetConsoleMode), nor does its debugger."""
    return contextlib.nullcontext()
