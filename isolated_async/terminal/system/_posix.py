"""Terminals by POSIX: chapter "General Terminal Interface" of its Base Definitions, tcsetpgrp(), tcsetattr()."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from functools import partial

assert sys.platform != "win32"  # What follows is checked for the others alone.


def give_foreground(process_group: int) -> Callable[[], None] | None:
    """Make it the foreground group of the terminal of this process, and return what takes that back; None if it is not.

    It is not where this process is in the background itself, where there is no terminal, or one of another session.
    """
    try:
        before = os.tcgetpgrp(0)
        if before != os.getpgrp():
            return None
        os.tcsetpgrp(0, process_group)
    except OSError:
        return None
    return partial(_set_foreground, before)


def _set_foreground(process_group: int) -> None:
    # Who asks for it from the background is stopped, unless this signal is blocked.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
    try:
        with contextlib.suppress(OSError):
            os.tcsetpgrp(0, process_group)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def same_settings() -> Iterator[None]:
    """Afterwards the terminal has the settings that it has now: a debugger that dies may leave it without echo."""
    before = termios.tcgetattr(0)
    yield
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
    try:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(0, termios.TCSADRAIN, before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)
