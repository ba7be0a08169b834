"""macOS. Written to Apple's manual pages, and untested there: see ``docs/reference/platforms.md``.

Nothing that has run code of a suite is forked here, so nobody asks what an import has left that a fork would break.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

assert sys.platform == "darwin"  # What follows is checked for that alone.

#: fork(2), CAVEATS: "To be totally safe you should restrict yourself to only executing async-signal safe operations
#: until such time as one of the exec functions is called"; Python's documentation of ``multiprocessing`` says the same.
WHY_NO_FORKS = "on macOS the system's libraries may crash in a forked process"
#: signal(3): there are no real-time signals. SIGINFO asks for a status, and is ignored by who does not know it; nothing
#: sends SIGEMT.
DUMP_SIGNAL: int = signal.SIGINFO
INTERRUPT_SIGNAL: int = signal.SIGEMT
LOOK_SIGNAL = DUMP_SIGNAL
EVENT_LOOP = "kqueue"

#: Bytes. By default (sysctl ``net.local.stream.sendspace``) it is 8 KB: too few for a case that is sent before its
#: worker reads.
_HELD_BY_A_SOCKET = 256 * 1024


def why_unsupported() -> str | None:
    """None: whatever is needed, every macOS has that Python 3.10 runs on."""
    return None


def usable_cpus() -> int:
    """All of them: no process is kept from any (``os.cpu_count``)."""
    return os.cpu_count() or 1


def open_anonymous_file(purpose: str) -> int:
    """The descriptor of a new, empty file that no child process inherits, in the directory for temporary files.

    Its name is gone at once: ``tempfile.TemporaryFile``, "the directory entry for the file is either not created at all
    or is removed immediately after the file is created".
    """
    import tempfile

    with tempfile.TemporaryFile(prefix=f"isolated-async-{purpose}-") as file:
        return os.dup(file.fileno())


def open_shared_file(purpose: str) -> tuple[int, str]:
    """The same for what a worker uses too. It has no name: the descriptor is handed on."""
    return open_anonymous_file(purpose), ""


def connected_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a stream (socketpair(2)) that hold as much as on Linux (setsockopt(2))."""
    import socket

    ends = socket.socketpair()
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _HELD_BY_A_SOCKET)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _HELD_BY_A_SOCKET)
    return ends
