"""Windows, and every other system that no worker runs on yet: what the worker side needs to be imported, and no more.

The host refuses before any of this is called (``why_unsupported`` of ``wire/system``). Each function that raises names
what Windows documents for its purpose; ``docs/platforms.md`` puts that together.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Sequence

PEAK_RSS_UNIT_BYTES = 1
#: There are no limits that a test could lower: those of a job object hold for good.
MEMORY_LIMITS: tuple[int, ...] = ()


def _missing(what: str) -> NotImplementedError:
    return NotImplementedError(f"no worker runs on this system yet; on Windows it would need {what}")


def follow_parent(parent: int, signal_number: int) -> None:
    """Raises NotImplementedError: a job object with JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, held by the parent alone."""
    raise _missing("a job object that ends with its last handle")


def adopt_orphans() -> None:
    """Raises NotImplementedError: processes that a job's processes start are in that job (AssignProcessToJobObject)."""
    raise _missing("a job object")


def wait_for_zygote(zygote: int, host: int) -> int:
    """Raises NotImplementedError: WaitForMultipleObjects on the handles of both."""
    raise _missing("handles of both processes")


def open_end(pid: int) -> int:
    """Raises NotImplementedError: a thread in WaitForSingleObject, which writes to a socket."""
    raise _missing("a thread that waits for the handle of the process")


def close_end(descriptor: int) -> None:
    """Raises NotImplementedError: see :func:`open_end`."""
    raise _missing("a thread that waits for the handle of the process")


def children() -> set[int]:
    """Raises NotImplementedError: QueryInformationJobObject, JobObjectBasicProcessIdList."""
    raise _missing("the list of the processes of a job object")


children_of_all_threads = children
left_behind = children


def has_children() -> bool:
    """Raises NotImplementedError: see :func:`children`."""
    raise _missing("the list of the processes of a job object")


def has_ended(pid: int) -> bool:
    """Raises NotImplementedError: GetExitCodeProcess."""
    raise _missing("a handle of the process")


def command_of(pid: int) -> str:
    """Raises NotImplementedError: there is no documented way to another process's command line but WMI."""
    raise _missing("Win32_Process of WMI")


def fork() -> int:
    """Raises NotImplementedError: there is none; ``subprocess`` starts workers."""
    raise _missing("fresh interpreters, which the host starts by itself")


def lead_group(pid: int = 0) -> None:
    """Raises NotImplementedError: a job object is what comes closest."""
    raise _missing("a job object")


def group_of(pid: int) -> int:
    """Raises NotImplementedError: see :func:`lead_group`."""
    raise _missing("a job object")


def signal_group(leader: int, signal_number: int) -> None:
    """Raises NotImplementedError: TerminateJobObject ends all; no other signal reaches them."""
    raise _missing("a job object")


def wait_with_usage(pid: int) -> tuple[int, float, int, int]:
    """Raises NotImplementedError: GetExitCodeProcess, GetProcessTimes, GetProcessMemoryInfo."""
    raise _missing("a handle of the process")


def die_by(signal_number: int) -> None:
    """Raises NotImplementedError: a process ends with a status, and not by a signal."""
    raise _missing("a status to end with")


def dump_threads_at(signal_number: int, descriptor: int, chain: bool) -> None:
    """Raises NotImplementedError: there is no ``faulthandler.register``, but ``dump_traceback_later``."""
    raise _missing("faulthandler.dump_traceback_later, armed before the deadline")


def may_have_loops() -> bool:
    """Nobody knows without a look at every object."""
    return True


def reread_time_zone() -> None:
    """Nothing happens: the C runtime reads the variable TZ at the start of a process, and Python has no ``tzset``."""


def descriptor_limit(most: int) -> int:
    """What ``_getmaxstdio`` of the C runtime says by default."""
    return min(512, most)


def duplicate_above(descriptor: int, lowest: int) -> int:
    """Raises NotImplementedError: ``os.dup`` takes the lowest number that is free."""
    raise _missing("os.dup2 to a number that is known to be free")


def lock_byte(descriptor: int, offset: int) -> bool:
    """Raises NotImplementedError: ``msvcrt.locking``."""
    raise _missing("msvcrt.locking")


def private_memory(size: int) -> mmap.mmap:
    """Memory of this process alone (``mmap``: -1 is anonymous memory); it counts as used at once."""
    return mmap.mmap(-1, size)


def get_limit(limit: int) -> tuple[int, int]:
    """Raises NotImplementedError: there are none, see :data:`MEMORY_LIMITS`."""
    raise _missing(f"a limit {limit}")


def set_limit(limit: int, values: tuple[int, int]) -> None:
    """Raises NotImplementedError: there are none, see :data:`MEMORY_LIMITS`."""
    raise _missing(f"a limit {limit}")


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
