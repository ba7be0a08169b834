"""What Linux and macOS have in common on the worker side: POSIX, as Python's documentation of ``os`` passes it on."""

from __future__ import annotations

import faulthandler
import fcntl
import mmap
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ..wire.system import DUMP_SIGNAL, INTERRUPT_SIGNAL, receive_descriptors

if TYPE_CHECKING:
    import asyncio

    from ..wire.shared_page import SharedPage

assert sys.platform != "win32"  # What follows is checked for the others alone.

#: A child has ended. While it is ignored (SIG_IGN), the kernel reaps them, and nobody can wait for one (wait()).
CHILD_SIGNAL: int = signal.SIGCHLD
#: Of memory: what a test may lower.
MEMORY_LIMITS: tuple[int, ...] = (resource.RLIMIT_AS, resource.RLIMIT_DATA)

# Bound before the test runs.
_select = partial(select.select)
_usage = partial(resource.getrusage)
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


def peak_rss() -> int:
    """The most memory that this process has had, in ``PEAK_RSS_UNIT_BYTES`` (getrusage())."""
    return _usage(resource.RUSAGE_SELF).ru_maxrss


def die_by(signal_number: int) -> None:
    """End this process by this signal, as another one has ended."""
    if signal_number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(signal_number, signal.SIG_DFL)
    os.kill(os.getpid(), signal_number)


def dump_threads_when_asked(descriptor: int) -> None:
    """Have faulthandler write the threads' stacks there when the host asks, even if no Python code can run."""
    faulthandler.register(DUMP_SIGNAL, file=descriptor, all_threads=True, chain=False)


def answer_when_asked(
    page: SharedPage,
    dump: Callable[[int, object], None],
    interrupt: Callable[[int, object], None],
    descriptor: int,
) -> None:
    """Call one of these in the main thread when the host asks, each of which has a signal of its own."""
    # What is registered already is not put in front of a new handler.
    faulthandler.unregister(DUMP_SIGNAL)
    signal.signal(DUMP_SIGNAL, dump)
    signal.signal(INTERRUPT_SIGNAL, interrupt)
    # The threads' stacks at once, even if no Python code can run any more; then the handler above.
    faulthandler.register(DUMP_SIGNAL, file=descriptor, all_threads=True, chain=True)


def wake_for_signals(loop: asyncio.AbstractEventLoop) -> None:
    """Nothing is to be done: a signal interrupts what waits (signal(7), "Interruption of system calls")."""


def has_news(descriptor: int) -> bool:
    """True if something can be read there at once, or its end has come (select())."""
    return bool(_select([descriptor], [], [], 0)[0])


def call_at_news(
    loop: asyncio.AbstractEventLoop, descriptor: int, callback: Callable[[], object]
) -> Callable[[], object]:
    """Have the loop call this when :func:`has_news` says so; what is returned takes it back.

    Raises NotImplementedError: a loop of another kind cannot wait for descriptors.
    """
    loop.add_reader(descriptor, callback)
    return lambda: loop.remove_reader(descriptor)


def receive_lent(descriptor: int, size: int, most: int) -> tuple[bytes, list[int]]:
    """Wait for data of the host's, and for the descriptors that come with it."""
    with socket.socket(fileno=os.dup(descriptor)) as connected:
        data, descriptors, _ = receive_descriptors(connected, size, most)
        return data, descriptors


def transports() -> tuple[Any, ...]:
    """Asyncio's, of sockets and pipes."""
    # Imported here: a zygote that has collected nothing does without asyncio.
    from asyncio import selector_events, unix_events

    return (
        selector_events._SelectorTransport,  # type: ignore[attr-defined]
        unix_events._UnixReadPipeTransport,  # type: ignore[attr-defined]
        unix_events._UnixWritePipeTransport,  # type: ignore[attr-defined]
    )


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


def private_memory(size: int) -> mmap.mmap:
    """Address space that costs no memory until it is written on (mmap(), MAP_PRIVATE and MAP_ANONYMOUS)."""
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
