"""The process tree of the worker side: who dies with whom, and how nothing is left behind.

What the system does for that by itself, and what it does not: ``system/_linux.py``, ``system/_macos.py``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

from . import system
from .wire.system import KILL_SIGNAL


def lead_group_under(zygote: int) -> None:
    """Make this process a worker: leader of a group of its own, parent of all it leaves, and gone with its zygote."""
    # The zygote may have done so already.
    system.lead_group()
    system.follow_parent(zygote, KILL_SIGNAL)
    system.adopt_orphans()


def kill_group(leader: int, signal_number: int = KILL_SIGNAL) -> None:
    """Signal the process group that ``leader`` leads, if there is one left."""
    # No group, or one of zombies only, or one that dropped its user id: what is left of it is found as an orphan.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        system.signal_group(leader, signal_number)


def kill_strays(known: frozenset[int], listed: Callable[[], set[int]] = system.children) -> None:
    """Kill and reap every process ``listed`` that is not ``known``, and then their children, until none is left.

    Without a word, the children of this process are.
    """
    immortal: set[int] = set()
    while strays := listed() - known - immortal:
        # All of them before any is waited for: one that traces another (a debugger) keeps its end from us.
        for pid in strays:
            try:
                os.kill(pid, KILL_SIGNAL)
            except PermissionError:
                # It runs as somebody else (sudo): there is nothing that we may do.
                immortal.add(pid)
            except ProcessLookupError:
                continue
        for pid in strays - immortal:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
