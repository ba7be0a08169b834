"""What Linux and macOS have in common. Python's documentation of ``os``, ``signal`` and ``socket`` says "Unix"."""

from __future__ import annotations

import array
import fcntl
import os
import select
import selectors
import signal
import sys
import termios
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

assert sys.platform != "win32"  # What follows is checked for that alone.

WHY_NO_DESCRIPTORS = ""
KILL_SIGNAL: int = signal.SIGKILL
#: A crash is a signal, which has a name.
STATUS_NAMES: dict[int, str] = {}
#: Of :func:`new_poll`.
READABLE: int = select.POLLIN
WRITABLE: int = select.POLLOUT

#: Seconds. Behind partials: see untouched.py.
monotonic: Callable[[], float] = partial(time.clock_gettime, time.CLOCK_MONOTONIC)
set_blocking: Callable[[int, bool], None] = partial(os.set_blocking)


def peak_rss_bytes() -> int:
    """The most memory that this process, or one that it has waited for, has had at a time (getrusage(2))."""
    import resource

    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(peaks) * (1 if sys.platform == "darwin" else 1024)


def usage_clock(*, with_children: bool) -> Callable[[], tuple[float, int]]:
    """What tells the CPU seconds and the minor page faults of this process so far (getrusage(2)).

    ``with_children`` adds those of its children that it has waited for, as wait4(2) does.
    """
    # Imported here: only who measures needs it. Bound here: see untouched.py.
    import resource

    read, own, ended = resource.getrusage, resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN

    def of_this_process() -> tuple[float, int]:
        usage = read(own)
        return usage.ru_utime + usage.ru_stime, usage.ru_minflt

    def of_all() -> tuple[float, int]:
        usage, children = read(own), read(ended)
        cpu_s = usage.ru_utime + usage.ru_stime + children.ru_utime + children.ru_stime
        return cpu_s, usage.ru_minflt + children.ru_minflt

    return of_all if with_children else of_this_process


def fork() -> int:
    """As fork(2)."""
    return os.fork()


def reap(pid: int) -> int | None:
    """The exit status of this child, negative if a signal has ended it; None while it runs (waitpid(2), WNOHANG).

    Raises ChildProcessError if somebody else has waited for it.
    """
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended == pid else None


def reap_any() -> bool:
    """Wait for a child that has ended; False if there is none. Raises ChildProcessError if there are no children."""
    return os.waitpid(-1, os.WNOHANG)[0] != 0


def call_at_fork(
    *,
    before: Callable[[], None] | None = None,
    after_in_parent: Callable[[], None] | None = None,
    after_in_child: Callable[[], None] | None = None,
) -> None:
    """Call these around each fork of this process, for good: it cannot be taken back."""
    if before is not None:
        os.register_at_fork(before=before)
    if after_in_parent is not None:
        os.register_at_fork(after_in_parent=after_in_parent)
    if after_in_child is not None:
        os.register_at_fork(after_in_child=after_in_child)


def continue_group(leader: int) -> None:
    """Let every stopped process of the group that ``leader`` leads go on (SIGCONT)."""
    os.killpg(leader, signal.SIGCONT)


def open_by_name(name: str, *, appending: bool = False) -> int:
    """A descriptor of this file, with a place of its own in it; ``appending``: always at its end."""
    return os.open(name, os.O_RDWR | (os.O_APPEND if appending else 0))


def open_stream(purpose: str) -> tuple[int, int | None, str]:
    """What brings output while it is written: both ends of a pipe, of which one is handed on, and no name."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    return reader, writer, ""


def read_at(descriptor: int, count: int, offset: int) -> bytes:
    """Read there; the offset of the file stays (pread(2))."""
    return os.pread(descriptor, count, offset)


#: Write there; the offset of the file stays (pwrite(2)). Behind a partial: see untouched.py.
write_at: Callable[[int, bytes, int], int] = partial(os.pwrite)


def unread_bytes(descriptor: int) -> int:
    """How many can be read from this pipe or socket at once (ioctl(2), FIONREAD)."""
    waiting = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, waiting)
    return waiting[0]


def send_descriptors(connected: socket.socket, data: bytes, descriptors: Sequence[int]) -> int:
    """Send these descriptors with the first byte of ``data``, and say how much of that was sent (SCM_RIGHTS)."""
    # Imported here: a run that isolates nothing sends nothing.
    import socket

    return socket.send_fds(connected, [data], list(descriptors))


def receive_descriptors(connected: socket.socket, size: int, most: int) -> tuple[bytes, list[int], bool]:
    """Wait for data, and for the descriptors that come with it (SCM_RIGHTS).

    True if these are not all, as this process may have no more (MSG_CTRUNC).
    """
    import socket

    data, descriptors, flags, _ = socket.recv_fds(connected, size, most)
    return data, descriptors, bool(flags & socket.MSG_CTRUNC)


def new_poll() -> select.poll:
    """What waits for descriptors of any number (poll(2))."""
    return select.poll()


def new_selector() -> selectors.BaseSelector:
    """What waits for sockets and pipes, of any number and any descriptor (poll(2)); it takes no descriptor itself."""
    return selectors.PollSelector()
