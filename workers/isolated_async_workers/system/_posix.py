"""What Linux and macOS have in common on the worker side: POSIX, as Python's documentation of ``os`` passes it on."""

from __future__ import annotations

import contextlib
import faulthandler
import fcntl
import mmap
import os
import resource
import signal
import sys
import time
from collections.abc import Callable

assert sys.platform != "win32"  # What follows is checked for the others alone.

#: Of memory: what a test may lower.
MEMORY_LIMITS: tuple[int, ...] = (resource.RLIMIT_AS, resource.RLIMIT_DATA)

# Bound before the test runs.
get_limit: Callable[[int], tuple[int, int]] = resource.getrlimit
set_limit: Callable[[int, tuple[int, int]], None] = resource.setrlimit


def fork() -> int:
    """As fork()."""
    return os.fork()


def lead_group(pid: int = 0) -> None:
    """Make this process, or this child of it, the leader of a process group of its own (setpgid())."""
    os.setpgid(pid, pid)


def group_of(pid: int) -> int:
    """The process group of ``pid``, of this process if that is 0 (getpgid())."""
    return os.getpgid(pid)


def signal_group(leader: int, signal_number: int) -> None:
    """Signal every process of the group that ``leader`` leads (killpg())."""
    os.killpg(leader, signal_number)


def wait_with_usage(pid: int) -> tuple[int, float, int, int]:
    """Wait for a child (wait4()).

    Its exit status, negative for a signal; its CPU seconds; its peak resident set; its minor page faults.
    """
    _, status, usage = os.wait4(pid, 0)
    cpu_s = usage.ru_utime + usage.ru_stime
    return os.waitstatus_to_exitcode(status), cpu_s, usage.ru_maxrss, usage.ru_minflt


def die_by(signal_number: int) -> None:
    """End this process by this signal, as another one has ended."""
    if signal_number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(signal_number, signal.SIG_DFL)
    os.kill(os.getpid(), signal_number)


def dump_threads_at(signal_number: int, descriptor: int, chain: bool) -> None:
    """Have faulthandler write there at this signal, even if no Python code can run; ``chain``: then to its handler."""
    faulthandler.register(signal_number, file=descriptor, all_threads=True, chain=chain)


def reread_time_zone() -> None:
    """Have the clocks take the variable TZ as it is now (tzset())."""
    time.tzset()


def descriptor_limit(most: int) -> int:
    """How many descriptors this process may have, but not more than ``most`` (getrlimit())."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if soft == resource.RLIM_INFINITY else min(soft, most)


def duplicate_above(descriptor: int, lowest: int) -> int:
    """A duplicate that has this number or a higher one, and is not inherited (fcntl(), F_DUPFD_CLOEXEC)."""
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)


def lock_byte(descriptor: int, offset: int) -> bool:
    """Lock this byte of a file until the process ends; False if another process has (fcntl(), F_SETLK)."""
    with contextlib.suppress(BlockingIOError):
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
        return True
    return False


def private_memory(size: int) -> mmap.mmap:
    """Address space that costs no memory until it is written on (mmap(), MAP_PRIVATE and MAP_ANONYMOUS)."""
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
