"""A session that the process leads: POSIX, setsid() and killpg(). What has begun a session of its own escapes."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import Any

assert sys.platform != "win32"  # What follows is checked for the others alone.


def hear_of_ended_children() -> None:
    """Ignore the ends of children no more, if whoever has started us did: then nobody learns how one has ended."""
    if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def own_interpreter(command: list[str]) -> list[str]:
    """The command as it is: this interpreter is one process."""
    return command


def start_options() -> dict[str, Any]:
    """Of ``subprocess.Popen``."""
    return {"start_new_session": True}


class Job:
    """A process started with these options, and all that it starts."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def ask(self, question: int) -> None:
        """Have the process look at what it is asked: here the question is a signal by itself."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, question)

    def kill(self) -> None:
        """End every process of it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)

    def count(self) -> int:
        """How many processes of it run: 0, or at least 1."""
        try:
            os.killpg(self._pid, 0)
        except ProcessLookupError:
            return 0
        except PermissionError:
            return 1
        return 1

    def peak_bytes(self) -> int:
        """The most memory that one of its processes has had: nobody has counted."""
        return 0

    def close(self) -> None:
        """It is not asked any more."""
