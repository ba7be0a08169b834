"""Process trees on macOS: the manual pages kqueue(2), setsid(2), ps(1). Untested: ``docs/reference/platforms.md``.

No process is told of its parent's end, and none adopts orphans: ``launchd`` does. In their place:

* the keeper leads a session, waits for the zygote and for the host, and at the zygote's end kills the whole session;
* the zygote sees the host's end on its control socket, and kills the process group of each worker.

So what has left the group of its worker lives until the end of the run, and what has begun a session of its own
(setsid(2)) for longer.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from collections.abc import Iterable, Sequence

from . import _ps

assert sys.platform == "darwin"  # What follows is checked for that alone.

#: Of ``ru_maxrss`` (getrusage(2)).
PEAK_RSS_UNIT_BYTES = 1

#: By descriptor: an object of Python's closes it when it is forgotten.
_ends: dict[int, select.kqueue] = {}


def follow_parent(parent: int, signal_number: int) -> None:
    """Leave at once if ``parent`` has ended. Later, the keeper's session ends: see :func:`wait_for_zygote`."""
    if os.getppid() != parent:
        os._exit(0)


def adopt_orphans() -> None:
    """Nobody can but ``launchd``."""


def open_end(pid: int) -> int:
    """A descriptor that is readable when this child has ended (kqueue(2): EVFILT_PROC, NOTE_EXIT)."""
    queue = select.kqueue()
    try:
        queue.control([_end_of(pid)], 0)
    except ProcessLookupError:
        # It has ended already, and nobody has waited for it yet.
        queue.close()
        reader, writer = os.pipe()
        os.close(writer)
        return reader
    _ends[queue.fileno()] = queue
    return queue.fileno()


def close_end(descriptor: int) -> None:
    """Close what :func:`open_end` has returned."""
    queue = _ends.pop(descriptor, None)
    if queue is None:
        os.close(descriptor)
    else:
        queue.close()


def wait_for_zygote(zygote: int, host: int) -> int:
    """Wait for this child; its exit status, negative for a signal. If ``host`` ends before it, it gets SIGTERM."""
    queue = select.kqueue()
    try:
        queue.control([_end_of(zygote), _end_of(host)], 0)
        (first,) = queue.control(None, 1)
        if first.ident == host:
            os.kill(zygote, signal.SIGTERM)
    except ProcessLookupError:
        # One of the two has ended already: then the other one does.
        os.kill(zygote, signal.SIGTERM)
    finally:
        queue.close()
    return os.waitstatus_to_exitcode(os.waitpid(zygote, 0)[1])


def _end_of(pid: int) -> select.kevent:
    return select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD | select.KQ_EV_ONESHOT, select.KQ_NOTE_EXIT)


def children() -> set[int]:
    """The processes whose parent this one is."""
    return _ps.children_of(os.getpid())


children_of_all_threads = children


def left_behind() -> set[int]:
    """What a child has left that is gone: the rest of the session, where this process leads one."""
    own = os.getpid()
    return _ps.members_of_session(own) if os.getsid(0) == own else children()


def has_children() -> bool:
    """``os.waitid`` would say so for less, but Python has it on macOS since 3.13 only."""
    return bool(children())


def has_ended(pid: int) -> bool:
    """True also if nobody has waited for it yet (ps(1): state Z, "a dead process")."""
    with contextlib.suppress(OSError):
        return all(state.startswith("Z") for (state,) in _ps.list_processes("state", pid=pid))
    return True


def command_of(pid: int) -> str:
    """Its command line; empty if it has ended."""
    with contextlib.suppress(OSError):
        return " ".join(command for (command,) in _ps.list_processes("args", pid=pid))
    return ""


def may_have_loops() -> bool:
    """Nobody knows without a look at every object."""
    return True


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
