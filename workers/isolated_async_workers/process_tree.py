"""The process tree of the worker side on Linux: who dies with whom, and how nothing is left behind.

Guarantees:

* a worker is killed when its zygote ends, and a zygote is told when its host does (``PR_SET_PDEATHSIG``);
* a descendant of a worker that left its process group, or whose parent died, becomes a child first of the worker
  and, when that is gone, of the zygote (``PR_SET_CHILD_SUBREAPER``), which kills it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)
_prctl = _libc.prctl


def follow_parent(parent: int, signal_number: int) -> None:
    """Have the kernel send this process a signal when ``parent`` ends; leave at once if that has happened already."""
    _prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def lead_group_under(zygote: int) -> None:
    """Make this process a worker: leader of a group of its own, parent of all it leaves, and gone with its zygote."""
    # The zygote may have done so already.
    os.setpgid(0, 0)
    follow_parent(zygote, signal.SIGKILL)
    adopt_orphans()


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_group(leader: int, signal_number: int = signal.SIGKILL) -> None:
    """Signal the process group that ``leader`` leads, if there is one left."""
    # No group, or one of zombies only, or one that dropped its user id: what is left of it is found as an orphan.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal_number)


def kill_strays(known: frozenset[int]) -> None:
    """Kill and reap every child of this process that is not ``known``, and then their children, until none is left."""
    immortal: set[int] = set()
    while strays := children() - known - immortal:
        # All of them before any is waited for: one that traces another (a debugger) keeps its end from us.
        for pid in strays:
            try:
                os.kill(pid, signal.SIGKILL)
            except PermissionError:
                # It runs as somebody else (sudo): there is nothing that we may do.
                immortal.add(pid)
            except ProcessLookupError:
                continue
        for pid in strays - immortal:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def children() -> set[int]:
    """The processes whose parent this one is."""
    with open("/proc/thread-self/children") as listing:
        return {int(pid) for pid in listing.read().split()}


def children_of_all_threads() -> set[int]:
    """The same, whichever thread of this process has started them."""
    found: set[int] = set()
    for thread in os.listdir("/proc/self/task"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/self/task/{thread}/children") as listing:
            found.update(int(pid) for pid in listing.read().split())
    return found
