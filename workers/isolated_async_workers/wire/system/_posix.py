"""What Linux and macOS have in common. Python's documentation of ``os``, ``signal`` and ``socket`` says "Unix"."""

from __future__ import annotations

import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

assert sys.platform != "win32"  # What follows is checked for that alone.

KILL_SIGNAL: int = signal.SIGKILL

#: Seconds. Behind partials: see untouched.py.
monotonic: Callable[[], float] = partial(time.clock_gettime, time.CLOCK_MONOTONIC)
set_blocking: Callable[[int, bool], None] = partial(os.set_blocking)


def fork() -> int:
    """As fork(2)."""
    return os.fork()


def reap(pid: int) -> int | None:
    """The exit status of this child, negative if a signal has ended it; None while it runs (waitpid(2), WNOHANG).

    Raises ChildProcessError if somebody else has waited for it.
    """
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended == pid else None


def read_at(descriptor: int, count: int, offset: int) -> bytes:
    """Read there; the offset of the file stays (pread(2))."""
    return os.pread(descriptor, count, offset)


def send_descriptors(connected: socket.socket, data: bytes, descriptors: Sequence[int]) -> int:
    """Send these descriptors with the first byte of ``data``, and say how much of that was sent (SCM_RIGHTS)."""
    # Imported here: a run that isolates nothing sends nothing.
    import socket

    return socket.send_fds(connected, [data], list(descriptors))


def receive_descriptors(connected: socket.socket, size: int, most: int) -> tuple[bytes, list[int]]:
    """Wait for data, and for the descriptors that come with it (SCM_RIGHTS)."""
    import socket

    data, descriptors, _, _ = socket.recv_fds(connected, size, most)
    return data, descriptors


def new_selector() -> selectors.BaseSelector:
    """What waits for sockets and pipes, of any number and any descriptor (poll(2)); it takes no descriptor itself."""
    return selectors.PollSelector()
