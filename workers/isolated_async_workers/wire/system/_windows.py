"""Windows: written to Microsoft's and Python's documentation, and untested: ``docs/reference/platforms.md``.

There is no fork, and no descriptor is handed from one process to another: so the host starts workers by itself, and
what each shares with it are two pipes, and files that it opens by their names.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

assert sys.platform == "win32"  # What follows is checked for that alone.

WHY_NO_FORKS = "there is no fork on Windows"
WHY_NO_DESCRIPTORS = "on Windows no descriptor is handed to another process"
#: No signals, but what is written on the page of a worker before it gets its one signal: see ``processes/system``.
#: ``signal.signal``: "On Windows, signal() can only be called with SIGABRT, SIGFPE, SIGILL, SIGINT, SIGSEGV, SIGTERM,
#: or SIGBREAK".
DUMP_SIGNAL, INTERRUPT_SIGNAL, LOOK_SIGNAL = 101, 102, 103
#: ``os.kill``: "Any other value for sig will cause the process to be unconditionally killed by the TerminateProcess
#: API". Here the whole job of the worker is ended for it.
KILL_SIGNAL: int = signal.SIGTERM
#: What well-known exit statuses mean: [MS-ERREF], "NTSTATUS Values"; ``os.abort``: "the process immediately returns an
#: exit code of 3".
STATUS_NAMES = {
    3: "as after abort()",
    0xC0000005: "access violation",
    0xC00000FD: "stack overflow",
    0xC0000135: "a DLL was not found",
    0xC000013A: "ended by Ctrl-C or Ctrl-Break",
    0xC0000374: "heap corruption",
    0xC0000409: "fail fast: stack buffer overrun, or a failed check of the C runtime",
}
#: Of :func:`new_poll`, if there were one.
READABLE, WRITABLE = 1, 4
#: Loops wait on a completion port, or with select, and neither is a descriptor.
EVENT_LOOP = "completion port"

#: O_TEMPORARY: "the file is deleted when the last file descriptor is closed" (_open); who opens it by its name
#: meanwhile must say the same (``tempfile.NamedTemporaryFile``). O_BINARY: no byte is translated.
_FILE_FLAGS = os.O_RDWR | os.O_BINARY | os.O_TEMPORARY

#: Seconds; there is no ``clock_gettime``.
monotonic: Callable[[], float] = partial(time.monotonic)
_lseek = partial(os.lseek)
_read = partial(os.read)
_write = partial(os.write)


def why_unsupported() -> str | None:
    """None: whatever is needed, every Windows has that Python 3.10 runs on."""
    return None


def usable_cpus() -> int:
    """All of them (``os.cpu_count``)."""
    return os.cpu_count() or 1


def peak_rss_bytes() -> int:
    """0: nobody knows."""
    return 0


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
    """Raises NotImplementedError: no zygote runs that could be waited for."""
    raise NotImplementedError(WHY_NO_FORKS)


def reap_any() -> bool:
    """Raises NotImplementedError: see :func:`reap`."""
    raise NotImplementedError(WHY_NO_FORKS)


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


def open_shared_file(purpose: str) -> tuple[int, str]:
    """The descriptor of a new, empty file that no child process inherits, and its name, by which a worker opens it.

    It is gone when nobody has it open any more.
    """
    import tempfile

    name = os.path.join(tempfile.gettempdir(), f"isolated-async-{purpose}-{os.urandom(8).hex()}")
    return os.open(name, _FILE_FLAGS | os.O_CREAT | os.O_EXCL, 0o600), name


def open_anonymous_file(purpose: str) -> int:
    """The same without a name."""
    return open_shared_file(purpose)[0]


def open_by_name(name: str, *, appending: bool = False) -> int:
    """A further descriptor of such a file, with a place of its own in it; ``appending``: always at its end."""
    return os.open(name, _FILE_FLAGS | (os.O_APPEND if appending else 0))


def open_stream(purpose: str) -> tuple[int, int | None, str]:
    """What brings output while it is written: such a file, for no selector waits for a pipe; nothing is handed on."""
    file, name = open_shared_file(purpose)
    return file, None, name


def read_at(descriptor: int, count: int, offset: int) -> bytes:
    """Read there; the offset of the file is the same afterwards. In between it is not: there is no ``os.pread``."""
    with _elsewhere(descriptor, offset):
        return _read(descriptor, count)


def write_at(descriptor: int, data: bytes, offset: int) -> int:
    """Write there, as :func:`read_at` reads."""
    with _elsewhere(descriptor, offset):
        return _write(descriptor, data)


@contextlib.contextmanager
def _elsewhere(descriptor: int, offset: int) -> Iterator[None]:
    before = _lseek(descriptor, 0, os.SEEK_CUR)
    try:
        _lseek(descriptor, offset, os.SEEK_SET)
        yield
    finally:
        _lseek(descriptor, before, os.SEEK_SET)


def unread_bytes(descriptor: int) -> int:
    """Raises NotImplementedError: only what speaks to other machines asks."""
    raise NotImplementedError(WHY_NO_DESCRIPTORS)


def set_blocking(descriptor: int, blocking: bool) -> None:
    """Raises NotImplementedError: ``os.set_blocking`` knows pipes here since Python 3.12, and nothing else."""
    raise NotImplementedError("pipes always block before Python 3.12, and no selector waits for them")


def connected_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a stream (``socket.socketpair``): of TCP, which must not wait to fill its segments."""
    import socket

    ends = socket.socketpair()
    for end in ends:
        if end.family == socket.AF_INET:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ends


def send_descriptors(connected: socket.socket, data: bytes, descriptors: Sequence[int]) -> int:
    """Raises NotImplementedError."""
    raise NotImplementedError(WHY_NO_DESCRIPTORS)


def receive_descriptors(connected: socket.socket, size: int, most: int) -> tuple[bytes, list[int], bool]:
    """Raises NotImplementedError."""
    raise NotImplementedError(WHY_NO_DESCRIPTORS)


def new_poll() -> Any:
    """Raises NotImplementedError: ``select.select`` waits for sockets alone."""
    raise NotImplementedError("sockets would be needed in the place of all that is waited for")


def new_selector() -> selectors.BaseSelector:
    """What waits for sockets, and for nothing else (``select``: "this function cannot be used on files")."""
    return selectors.SelectSelector()
