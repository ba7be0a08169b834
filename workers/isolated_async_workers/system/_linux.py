"""Process trees on Linux: the manual pages prctl(2), pidfd_open(2), proc(5), credentials(7).

Guarantees:

* a worker is killed when its zygote ends, and a zygote is told when its host does (``PR_SET_PDEATHSIG``);
* a descendant of a worker that left its process group, or whose parent died, becomes a child first of the worker
  and, when that is gone, of the zygote (``PR_SET_CHILD_SUBREAPER``), which kills it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable
from functools import partial

from .. import untouched
from ..wire.system import EVENT_LOOP, child_processes, open_descriptors, target_of
from ._linux_pages import copied_pages as copied_pages
from ._linux_pages import copy_pages as copy_pages
from ._linux_pages import to_copy as to_copy
from ._linux_pages import writable_pages as writable_pages

assert sys.platform == "linux"  # What follows is checked for that alone.

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)
_prctl = _libc.prctl
#: Raises ChildProcessError if there is no child.
_any_child: Callable[[], object] = partial(os.waitid, os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)

#: Of ``ru_maxrss`` (getrusage(2)).
PEAK_RSS_UNIT_BYTES = 1024

#: A descriptor that is readable when this process has ended (pidfd_open(2)).
open_end: Callable[[int], int] = os.pidfd_open
close_end: Callable[[int], None] = os.close


def follow_parent(parent: int, signal_number: int) -> None:
    """Have the kernel send this process a signal when ``parent`` ends; leave at once if that has happened already."""
    _prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait_for_zygote(zygote: int, host: int) -> int:
    """Wait for this child; its exit status, negative for a signal. The host's end is a signal: see follow_parent."""
    return os.waitstatus_to_exitcode(os.waitpid(zygote, 0)[1])


def children() -> set[int]:
    """The processes whose parent this one is."""
    with open("/proc/thread-self/children") as listing:
        return {int(pid) for pid in listing.read().split()}


def children_of_all_threads() -> set[int]:
    """The same, whichever thread of this process has started them."""
    return {int(pid) for pid in child_processes()}


#: What a child has left that is gone: this process has adopted it.
left_behind = children


def has_children() -> bool:
    """At the price of one system call."""
    try:
        _any_child()
    except ChildProcessError:
        return False
    return True


def has_ended(pid: int) -> bool:
    """True also if nobody has waited for it yet."""
    with contextlib.suppress(OSError):
        # After the name, which is in parentheses and may contain anything.
        return untouched.read_file(f"/proc/{pid}/stat").rpartition(b") ")[2][:1] in (b"Z", b"X", b"")
    return True


def command_of(pid: int) -> str:
    """Its command line; empty if it has ended."""
    with contextlib.suppress(OSError):
        return os.fsdecode(untouched.read_file(f"/proc/{pid}/cmdline")).rstrip("\0").replace("\0", " ")
    return ""


def may_have_loops() -> bool:
    """True if a descriptor of this process is that of a loop's selector."""
    return any(EVENT_LOOP in target_of(descriptor) for descriptor in open_descriptors())
