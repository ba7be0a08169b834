"""A pytest that has collected, and forks itself for each probe.

::

    diagnosis == socket: "7\n" ==> server --fork--> guard of probe 7 --> 7.probed
              <== "7\n" ===========  `-- the guard has ended

Guarantees: nothing of the suite has run here but its collection; each probe begins from the same state; when the socket
ends, so does this process, and with it every guard and all that these watch.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
from pathlib import Path

import pytest

from .. import system, untouched
from ..standard_library import StandardLibrary
from ..wire import system as wire_system
from ..wire.threads import is_safe_to_fork, other_threads
from .guard import END, Collected, guard

_MOST_BYTES = 4096


def why_no_forks() -> str:
    """Why this process must not be forked, now that it has collected; empty if it may."""
    if wire_system.WHY_NO_FORKS:
        return wire_system.WHY_NO_FORKS
    if not is_safe_to_fork():
        names = ", ".join(repr(name) for name in other_threads()) or "not started by Python"
        return f"threads run when the suite is collected ({names})"
    if system.may_have_loops():
        return "an event loop is open when the suite is collected, which forks would share"
    return ""


def serve(session: pytest.Session, directory: Path, control: int) -> None:
    """Answer probes until the socket ends."""
    connected = socket.socket(fileno=control)
    running: dict[int, tuple[int, str]] = {}
    unread = b""
    library = StandardLibrary()
    library.keep()
    # A suite may ignore the ends of children: then nobody could wait for one. Probes find it as it was.
    ends_of_children = signal.signal(system.CHILD_SIGNAL, signal.SIG_DFL)
    collected = Collected(session, library, directory, ends_of_children)
    gc.collect()
    gc.freeze()
    while True:
        waiting: list[socket.socket | int] = [connected, *running]
        ready, _, _ = select.select(waiting, [], [])
        for ended in [each for each in ready if isinstance(each, int)]:
            pid, number = running.pop(ended)
            os.close(ended)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
            with contextlib.suppress(OSError):
                connected.sendall(f"{number}\n".encode())
        if connected not in ready:
            continue
        data = connected.recv(_MOST_BYTES)
        if not data:
            break
        *numbers, unread = (unread + data).split(b"\n")
        for number in (each.decode() for each in numbers):
            pid = _start(collected, number, connected)
            running[system.open_end(pid)] = pid, number
    signal.signal(system.CHILD_SIGNAL, ends_of_children or signal.SIG_DFL)
    # The guards see that this process is gone; but plugins may have much to do before it is.
    for pid, _ in running.values():
        with contextlib.suppress(OSError):
            os.kill(pid, END)


def _start(collected: Collected, number: str, connected: socket.socket) -> int:
    server = os.getpid()
    pid = system.fork()
    if not pid:
        try:
            connected.close()
            guard(collected, number, server)
        finally:
            untouched.leave(1)
    return pid
