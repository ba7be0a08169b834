"""The worker side on Windows: Microsoft's and Python's documentation of it. Untested: ``docs/reference/platforms.md``.

A worker is started by the host, as the root of a process group and in a job object with all that it starts. There is
no zygote: what one would need raises.
"""

from __future__ import annotations

import ctypes
import faulthandler
import mmap
import msvcrt
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from ctypes import c_int, c_size_t, c_uint32, c_void_p
from typing import TYPE_CHECKING, Any

from ..wire.system import INTERRUPT_SIGNAL

if TYPE_CHECKING:
    import asyncio

    from ..wire.shared_page import SharedPage

assert sys.platform == "win32"  # What follows is checked for that alone.

PEAK_RSS_UNIT_BYTES = 1
#: None: there are no children to wait for.
CHILD_SIGNAL: int = 0
#: There are no limits that a test could lower: those of a job object hold for good.
MEMORY_LIMITS: tuple[int, ...] = ()

#: Seconds between two looks at a pipe for which no loop can wait.
_LOOK_EVERY_S = 0.05
#: JOBOBJECTINFOCLASS (winnt.h).
_JOB_OBJECT_BASIC_PROCESS_ID_LIST = 3
#: Processes of one job that are listed.
_MOST_LISTED = 1024


class _ProcessIdList(ctypes.Structure):
    """JOBOBJECT_BASIC_PROCESS_ID_LIST."""

    _fields_ = (
        ("NumberOfAssignedProcesses", c_uint32),
        ("NumberOfProcessIdsInList", c_uint32),
        ("ProcessIdList", c_size_t * _MOST_LISTED),
    )


_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_query_job = _kernel32.QueryInformationJobObject
_query_job.argtypes = (c_void_p, c_int, c_void_p, c_uint32, c_void_p)
_query_job.restype = c_int
_peek = _kernel32.PeekNamedPipe
_peek.argtypes = (c_void_p, c_void_p, c_uint32, c_void_p, c_void_p, c_void_p)
_peek.restype = c_int

_set_handler = _kernel32.SetConsoleCtrlHandler
_Handler = ctypes.WINFUNCTYPE(c_int, c_uint32)
_set_handler.argtypes = (_Handler, c_int)
_set_handler.restype = c_int
#: Ours, which Windows calls for as long as this process lives.
_console_handlers: list[Any] = []


def _no_zygote(*_: object) -> Any:
    raise NotImplementedError("no zygote runs on Windows: the host starts workers by itself")


follow_parent: Callable[[int, int], None] = _no_zygote
adopt_orphans: Callable[[], None] = _no_zygote
wait_for_zygote: Callable[[int, int], int] = _no_zygote
open_end: Callable[[int], int] = _no_zygote
close_end: Callable[[int], None] = _no_zygote
fork: Callable[[], int] = _no_zygote
lead_group: Callable[..., None] = _no_zygote
signal_group: Callable[[int, int], None] = _no_zygote
wait_with_usage: Callable[[int], tuple[int, float, int, int]] = _no_zygote
die_by: Callable[[int], None] = _no_zygote


def peak_rss() -> int:
    """0: it is not read here. Nothing depends on it: a host waits here until a worker is gone (parting.py)."""
    return 0


def children() -> set[int]:
    """The processes that this one has started, and those that they have, as far as they run.

    QueryInformationJobObject without a handle: "the job associated with the calling process is used".
    """
    listed = _ProcessIdList()
    _query_job(None, _JOB_OBJECT_BASIC_PROCESS_ID_LIST, ctypes.byref(listed), ctypes.sizeof(listed), None)
    return set(listed.ProcessIdList[: listed.NumberOfProcessIdsInList]) - {os.getpid()}


children_of_all_threads = children
left_behind = children


def has_children() -> bool:
    """At the price of one system call."""
    return bool(children())


def has_ended(pid: int) -> bool:
    """True for one that is not, or not any more, of this process's job."""
    return pid not in children()


def command_of(pid: int) -> str:
    """Empty: there is no documented way to another process's command line but WMI."""
    return ""


def group_of(pid: int) -> int:
    """The process group of this process: it leads one (CREATE_NEW_PROCESS_GROUP)."""
    return os.getpid()


def dump_threads_when_asked(descriptor: int) -> None:
    """Have the threads' stacks written there when the host asks (Ctrl-Break), whatever the main thread does meanwhile.

    SetConsoleCtrlHandler: "The system creates a new thread in the process to execute the handler function". It needs
    Python's lock: what holds that all the time, in C code, shows nothing.
    """

    def dump(event: int) -> int:
        faulthandler.dump_traceback(descriptor, all_threads=True)
        return 0  # So the next handler is called: the C runtime's, which has signals of it.

    if not _console_handlers:
        _console_handlers.append(_Handler(dump))
        _set_handler(_console_handlers[0], True)
    if signal.getsignal(signal.SIGBREAK) is signal.SIG_DFL:
        signal.signal(signal.SIGBREAK, lambda *_: None)


def answer_when_asked(
    page: SharedPage,
    dump: Callable[[int, object], None],
    interrupt: Callable[[int, object], None],
    descriptor: int,
) -> None:
    """Call one of these in the main thread when the host asks: what it asks for stands on the page.

    Python calls its handler when the main thread runs Python again. The proactor's loop is woken for that
    (:func:`wake_for_signals`); select, time.sleep and a wait for a lock are not.
    """

    def answer(number: int, frame: object) -> None:
        (interrupt if page.question == INTERRUPT_SIGNAL else dump)(number, frame)

    dump_threads_when_asked(descriptor)
    signal.signal(signal.SIGBREAK, answer)


def wake_for_signals(loop: asyncio.AbstractEventLoop) -> None:
    """Have what waits in this loop woken when the host asks (``signal.set_wakeup_fd``).

    The proactor's loop does so when it is made, and undoes it, for all others too, when it is closed. One with a
    selector would not undo it: then a byte would be written to whatever has got the number of its socket.
    """
    from asyncio import proactor_events

    in_main_thread = threading.current_thread() is threading.main_thread()
    if isinstance(loop, proactor_events.BaseProactorEventLoop) and in_main_thread:
        signal.set_wakeup_fd(loop._csock.fileno())  # type: ignore[attr-defined]


def has_news(descriptor: int) -> bool:
    """True if something can be read from this pipe at once, or its end has come (PeekNamedPipe fails then)."""
    waiting = c_uint32()
    is_open = _peek(msvcrt.get_osfhandle(descriptor), None, 0, None, ctypes.byref(waiting), None)
    return not is_open or waiting.value > 0


def call_at_news(
    loop: asyncio.AbstractEventLoop, descriptor: int, callback: Callable[[], object]
) -> Callable[[], None]:
    """Have the loop call this when :func:`has_news` says so; what is returned takes it back.

    No loop waits for a pipe of this kind: a thread looks.
    """
    taken_back = threading.Event()

    def look() -> None:
        while not taken_back.wait(_LOOK_EVERY_S):
            if has_news(descriptor):
                loop.call_soon_threadsafe(callback)
                return

    threading.Thread(target=look, name="isolated-async waits for the host", daemon=True).start()
    return taken_back.set


def receive_lent(descriptor: int, size: int, most: int) -> tuple[bytes, list[int]]:
    """Wait for data of the host's; no descriptors come with it."""
    return os.read(descriptor, size), []


def may_have_loops() -> bool:
    """Nobody knows without a look at every object."""
    return True


def transports() -> tuple[Any, ...]:
    """Asyncio's, of sockets and pipes: those of a selector loop, and of the proactor's, which is the default here."""
    from asyncio import proactor_events, selector_events

    return (
        selector_events._SelectorTransport,  # type: ignore[attr-defined]
        proactor_events._ProactorBasePipeTransport,
    )


def reread_time_zone() -> None:
    """Nothing happens: the C runtime reads the variable TZ at the start of a process, and Python has no ``tzset``."""


def descriptor_limit(most: int) -> int:
    """What ``_getmaxstdio`` of the C runtime says by default; ``_open`` and the like have 8192."""
    return min(512, most)


def duplicate_above(descriptor: int, lowest: int) -> int:
    """A duplicate that has this number or a higher one, and is not inherited: the first that is free."""
    while _is_open(lowest):
        lowest += 1
    return os.dup2(descriptor, lowest, inheritable=False)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def private_memory(size: int) -> mmap.mmap:
    """Memory of this process alone (``mmap``: -1 is anonymous memory); it counts as used at once."""
    return mmap.mmap(-1, size)


def get_limit(limit: int) -> tuple[int, int]:
    """Raises NotImplementedError: there are none, see :data:`MEMORY_LIMITS`."""
    raise NotImplementedError(f"no limit {limit}")


def set_limit(limit: int, values: tuple[int, int]) -> None:
    """Raises NotImplementedError: there are none, see :data:`MEMORY_LIMITS`."""
    raise NotImplementedError(f"no limit {limit}")


def writable_pages() -> list[range]:
    """None: nothing is forked."""
    return []


def copied_pages(among: Iterable[range]) -> list[int]:
    """None: nothing is forked."""
    return []


def to_copy(pages: Sequence[int]) -> list[object]:
    """None: nothing is forked."""
    return []


def copy_pages(copies: Iterable[object]) -> None:
    """Does nothing: nothing is forked."""
