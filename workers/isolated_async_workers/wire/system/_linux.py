"""Linux, 5.3 or later, with /proc: man7's manual pages proc(5), memfd_create(2), pidfd_open(2), signal(7), unix(7)."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

assert sys.platform == "linux"  # What follows is checked for that alone.

WHY_NO_FORKS = ""
#: Real-time signals: unlike SIGUSR1 and SIGALRM, test suites have no other use for them.
DUMP_SIGNAL: int = signal.SIGRTMAX - 1
INTERRUPT_SIGNAL: int = DUMP_SIGNAL - 1
LOOK_SIGNAL = DUMP_SIGNAL
#: In what :func:`target_of` says of a selector's descriptor.
EVENT_LOOP = "eventpoll"


def why_unsupported() -> str | None:
    """Asks for what the zygote and the worker cannot do without."""
    problem = f"isolation needs Linux 5.3 or later with /proc; this is {sys.platform}"
    if not hasattr(os, "pidfd_open") or not os.path.exists("/proc/thread-self/children"):
        return problem
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError as error:
        return f"{problem}, where pidfd_open fails: {error.strerror}"
    return None


def usable_cpus() -> int:
    """Those that this process may use (sched_getaffinity(2))."""
    return len(os.sched_getaffinity(0))


def open_anonymous_file(purpose: str) -> int:
    """The descriptor of a new, empty file in memory that no child process inherits (memfd_create(2))."""
    return os.memfd_create(f"isolated-async {purpose}")


def open_shared_file(purpose: str) -> tuple[int, str]:
    """The same for what a worker uses too. It has no name: the descriptor is handed on."""
    return open_anonymous_file(purpose), ""


def connected_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a stream (socketpair(2)). Each holds some 200 KB that nobody has read (socket(7): wmem_default)."""
    import socket

    return socket.socketpair()


def count_threads() -> int:
    """The threads of this process, those of C libraries too: links of the directory but its own two (proc(5))."""
    return os.stat("/proc/self/task").st_nlink - 2


def child_processes() -> frozenset[str]:
    """The children of this process, ended ones too."""
    found: set[str] = set()
    # Asks whether there are any: for most modules that is all.
    with contextlib.suppress(OSError):
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        for thread in _listed("/proc/self/task"):
            # The thread may end meanwhile.
            with contextlib.suppress(OSError), open(f"/proc/self/task/{thread}/children") as listing:
                found.update(listing.read().split())
    return frozenset(found)


def open_descriptors() -> frozenset[str]:
    """The descriptors of this process."""
    with contextlib.suppress(OSError):
        # To list them takes one, which is the lowest that is free.
        taken = os.open("/proc/self/fd", os.O_RDONLY)
        os.close(taken)
        return _listed("/proc/self/fd") - {str(taken)}
    return frozenset()


def target_of(descriptor: str) -> str:
    """What is open there: a path, or a kind of file; empty if nothing is."""
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/self/fd/{descriptor}")
    return ""


def name_of_process(pid: str) -> str:
    """Its name; empty if it has ended."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/comm") as file:
        return file.read().strip()
    return ""


def arguments_of_process(pid: str) -> list[str]:
    """Its command line; empty if it has ended."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
        return os.fsdecode(file.read()).split("\0")
    return []


def _listed(directory: str) -> frozenset[str]:
    with contextlib.suppress(OSError):
        return frozenset(os.listdir(directory))
    return frozenset()
