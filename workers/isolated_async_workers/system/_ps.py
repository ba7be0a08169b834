"""Processes as ``ps`` lists them (POSIX, "Shell & Utilities", with flags that macOS and Linux share): without /proc.

A process of its own for each question: milliseconds. It is started without ``subprocess``, which a test may have
replaced, and told from what is asked for by its number.
"""

from __future__ import annotations

import contextlib
import os
import sys
from functools import partial

assert sys.platform != "win32"  # What follows is checked for the others alone.

_PS = "/bin/ps"
_READ_BYTES = 64 * 1024

# Bound before the test runs, as in untouched.py.
_spawn = partial(os.posix_spawn)
_pipe = partial(os.pipe)
_read = partial(os.read)
_close = partial(os.close)
_waitpid = partial(os.waitpid)


def list_processes(*columns: str, pid: int | None = None) -> list[list[str]]:
    """These columns of every process, or of this one: a list of strings each. The last column may hold spaces.

    Raises OSError where there is no ``ps``, or no process for it.
    """
    which = ["-A"] if pid is None else ["-p", str(pid)]
    # As wide as it takes, and without headers.
    arguments = [_PS, "-w", "-w", *which, *(part for column in ("pid", *columns) for part in ("-o", f"{column}="))]
    lines, own = _run(arguments)
    rows = [line.split(maxsplit=len(columns)) for line in lines]
    return [row[1:] for row in rows if len(row) > len(columns) and int(row[0]) != own]


def children_of(parent: int) -> set[int]:
    """The processes whose parent this is, ended ones too, but for ``ps`` itself."""
    return {int(pid) for pid, ppid in list_processes("pid", "ppid") if int(ppid) == parent}


def members_of_session(leader: int) -> set[int]:
    """The processes of the session that ``leader`` leads, but for itself: also those whose parents are gone."""
    found: set[int] = set()
    for (pid,) in list_processes("pid"):
        with contextlib.suppress(OSError):
            # A column for it POSIX does not have.
            if int(pid) != leader and os.getsid(int(pid)) == leader:
                found.add(int(pid))
    return found


def _run(arguments: list[str]) -> tuple[list[str], int]:
    """What a program prints, and its number."""
    reader, writer = _pipe()
    try:
        actions = [(os.POSIX_SPAWN_DUP2, writer, 1), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
        pid = _spawn(arguments[0], arguments, {"LC_ALL": "C"}, file_actions=actions)
    except BaseException:
        _close(reader)
        raise
    finally:
        _close(writer)
    output = b""
    while data := _read(reader, _READ_BYTES):
        output += data
    _close(reader)
    with contextlib.suppress(ChildProcessError):  # The test may have let the kernel reap every child.
        _waitpid(pid, 0)
    return os.fsdecode(output).splitlines(), pid
