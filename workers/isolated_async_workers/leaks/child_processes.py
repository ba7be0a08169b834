"""The child processes that a case left running, and what they are called.

Multiprocessing keeps servants of its own for as long as the process lives, and so does ``run_isolated``: they are
nobody's leak.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

from .. import process_tree, untouched

#: Part of the command line of each of these servants, where their numbers are not known any more.
_SERVANTS = (
    "multiprocessing.resource_tracker",
    "multiprocessing.forkserver",
    " isolated_async_workers.functions.zygote ",
)


def running_children() -> set[int]:
    """The children of this process that have not ended, but for such servants."""
    try:
        # The usual case at the price of one system call.
        untouched.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return set()
    return {pid for pid in process_tree.children_of_all_threads() if not has_ended(pid) and not _is_servant(pid)}


def describe_process(pid: int) -> str:
    """Its name, if multiprocessing has given it one, and its command line."""
    for process in _of_multiprocessing():
        if process.pid == pid:
            return f"child process {process.name!r} of multiprocessing"
    command = _command(pid)
    return "child process that was forked" if command == _command(os.getpid()) else f"child process `{command}`"


def _of_multiprocessing() -> Iterator[Any]:
    loaded: Any = sys.modules.get("multiprocessing.process")
    yield from list(loaded._children) if loaded is not None else ()


def has_ended(pid: int) -> bool:
    """True also if nobody has waited for it yet."""
    with contextlib.suppress(OSError):
        # After the name, which is in parentheses and may contain anything.
        return untouched.read_file(f"/proc/{pid}/stat").rpartition(b") ")[2][:1] in (b"Z", b"X", b"")
    return True


def _is_servant(pid: int) -> bool:
    return any(name in _command(pid) for name in _SERVANTS)


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return os.fsdecode(untouched.read_file(f"/proc/{pid}/cmdline")).rstrip("\0").replace("\0", " ")
    return ""
