"""The child processes that a case left running, and what they are called.

Multiprocessing keeps servants of its own for as long as the process lives, and so does ``run_isolated``: they are
nobody's leak.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from .. import system
from ..wire.function_zygote import FUNCTION_ZYGOTE

#: Part of the command line of each of these servants, where their numbers are not known any more.
_SERVANTS = (
    "multiprocessing.resource_tracker",
    "multiprocessing.forkserver",
    f" {FUNCTION_ZYGOTE} ",
)


def running_children() -> set[int]:
    """The children of this process that have not ended, but for such servants."""
    # Usually there is none.
    if not system.has_children():
        return set()
    return {pid for pid in system.children_of_all_threads() if not system.has_ended(pid) and not _is_servant(pid)}


def describe_process(pid: int) -> str:
    """Its name, if multiprocessing has given it one, and its command line."""
    for process in _of_multiprocessing():
        if process.pid == pid:
            return f"child process {process.name!r} of multiprocessing"
    command = system.command_of(pid)
    if not command:
        return f"child process {pid}"
    return (
        "child process that was forked" if command == system.command_of(os.getpid()) else f"child process `{command}`"
    )


def _of_multiprocessing() -> Iterator[Any]:
    loaded: Any = sys.modules.get("multiprocessing.process")
    yield from list(loaded._children) if loaded is not None else ()


def _is_servant(pid: int) -> bool:
    return any(name in system.command_of(pid) for name in _SERVANTS)
