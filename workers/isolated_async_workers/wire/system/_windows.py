"""Windows, and every system that nothing is written for: the plugin loads, chooses tests, and isolates none.

What is here does what it says, by Python's documentation of ``os``, ``time`` and ``tempfile`` for Windows. What raises
is what a worker would need and is not written; ``docs/platforms.md`` says what that takes. Untested there.
"""

from __future__ import annotations

import os
import selectors
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

WHY_NO_FORKS = f"nothing is forked on {sys.platform}"
_REFUSAL = (
    f"isolation needs Linux 5.3 or later, or macOS; this is {sys.platform}, where tests run in process only "
    "(--isolated-loop-mode=off)"
)
#: There is nothing with which a process could be asked, or interrupted: ``signal.signal``, "On Windows, signal() can
#: only be called with SIGABRT, SIGFPE, SIGILL, SIGINT, SIGSEGV, SIGTERM, or SIGBREAK".
DUMP_SIGNAL = INTERRUPT_SIGNAL = 0
#: ``os.kill``: "Any other value for sig will cause the process to be unconditionally killed by the TerminateProcess
#: API".
KILL_SIGNAL: int = signal.SIGTERM
#: Of :func:`new_poll`, if there were one.
READABLE, WRITABLE = 1, 4
#: Loops wait on a completion port, or with select, and neither is a descriptor.
EVENT_LOOP = "completion port"

#: Seconds; there is no ``clock_gettime``.
monotonic: Callable[[], float] = partial(time.monotonic)


def why_unsupported() -> str:
    """Always."""
    return _REFUSAL


def usable_cpus() -> int:
    """All of them (``os.cpu_count``)."""
    return os.cpu_count() or 1


def usage_clock(*, with_children: bool) -> Callable[[], tuple[float, int]]:
    """What tells the CPU seconds of this process so far (``os.times``); its page faults are not counted here: 0.

    Those of children are not known: "On Windows, only the first two items are known, the others are zero".
    """
    read = os.times

    def of_this_process() -> tuple[float, int]:
        usage = read()
        return usage.user + usage.system, 0

    return of_this_process


def fork() -> int:
    """Raises NotImplementedError."""
    raise NotImplementedError(WHY_NO_FORKS)


def reap(pid: int) -> int | None:
    """Raises NotImplementedError: ``os.waitpid`` takes a handle here, and cannot return before the end."""
    raise NotImplementedError("a process is waited for by its handle (WaitForSingleObject), of which this has none")


def reap_any() -> bool:
    """Raises NotImplementedError: see :func:`reap`."""
    raise NotImplementedError("a process is waited for by its handle (WaitForSingleObject), of which this has none")


def call_at_fork(
    *,
    before: Callable[[], None] | None = None,
    after_in_parent: Callable[[], None] | None = None,
    after_in_child: Callable[[], None] | None = None,
) -> None:
    """Never calls them: nothing is forked."""


def continue_group(leader: int) -> None:
    """Raises NotImplementedError: no process is stopped by a signal here."""
    raise NotImplementedError("no process is stopped by a signal")


def open_anonymous_file(purpose: str) -> int:
    """The descriptor of a new, empty file that no child process inherits.

    It is gone when nobody has it open any more: ``tempfile.TemporaryFile`` opens it with O_TEMPORARY, the
    FILE_FLAG_DELETE_ON_CLOSE of CreateFile.
    """
    with tempfile.TemporaryFile(prefix=f"isolated-async-{purpose}-") as file:
        return os.dup(file.fileno())


def read_at(descriptor: int, count: int, offset: int) -> bytes:
    """Read there; the offset of the file is the same afterwards. In between it is not: there is no ``os.pread``."""
    before = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, count)
    finally:
        os.lseek(descriptor, before, os.SEEK_SET)


def write_at(descriptor: int, data: bytes, offset: int) -> int:
    """Raises NotImplementedError: there is no ``os.pwrite``."""
    raise NotImplementedError("a file that nobody else has open would be needed, for lack of os.pwrite")


def unread_bytes(descriptor: int) -> int:
    """Raises NotImplementedError: there is PeekNamedPipe for pipes, and ioctlsocket for sockets."""
    raise NotImplementedError("pipes and sockets are asked in different ways (PeekNamedPipe, ioctlsocket)")


def set_blocking(descriptor: int, blocking: bool) -> None:
    """Raises NotImplementedError: ``os.set_blocking`` knows pipes here since Python 3.12, and nothing else."""
    raise NotImplementedError("pipes always block before Python 3.12, and no selector waits for them")


def connected_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a stream (``socket.socketpair``)."""
    import socket

    return socket.socketpair()


def send_descriptors(connected: socket.socket, data: bytes, descriptors: Sequence[int]) -> int:
    """Raises NotImplementedError: sockets are given away by ``socket.share``, files by inheritable handles."""
    raise NotImplementedError("no descriptors travel with what is sent")


def receive_descriptors(connected: socket.socket, size: int, most: int) -> tuple[bytes, list[int]]:
    """Raises NotImplementedError: see :func:`send_descriptors`."""
    raise NotImplementedError("no descriptors travel with what is sent")


def new_poll() -> Any:
    """Raises NotImplementedError: ``select.select`` waits for sockets alone."""
    raise NotImplementedError("sockets would be needed in the place of all that is waited for")


def new_selector() -> selectors.BaseSelector:
    """What waits for sockets, and for nothing else (``select``: "this function cannot be used on files")."""
    return selectors.SelectSelector()
