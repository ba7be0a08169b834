"""What the import of a module has left in this process that a fork of it would break, or share.

The host asks for each module that it collects, a fresh zygote too; both are asked by the same plugin, and a probe of
the zygote asks in a copy of itself. On systems where nothing is forked, nothing is found.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import Any

from . import system
from .function_zygote import FUNCTION_ZYGOTE
from .light_dataclass import dataclass
from .objects import objects_of
from .threads import is_harmless, settled_count

#: Attribute of the session: node id of a module -> what its import has left.
FORK_SAFETY_NOTES = "isolated_loop_fork_safety"

#: Files that only what owns a graphics card's context holds open.
_DEVICES = "/dev/nvidia"
#: The identities of loops that an import was found to have left.
_found_loops: set[int] = set()
#: Most threads and processes that are named.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Traces:
    """What there is before an import."""

    #: Counted by the kernel: threads that Python did not start (gRPC's, a C library's) count as well.
    threads: int
    known: frozenset[threading.Thread]
    children: frozenset[str]
    descriptors: frozenset[str]


def traces() -> Traces:
    """Those of this process now."""
    return Traces(
        _count_threads(),
        frozenset(threading.enumerate()),
        system.child_processes(),
        system.open_descriptors(),
    )


def left_since(before: Traces) -> str:
    """What makes a fork of this process unsafe and was not there ``before``; empty if nothing does."""
    if system.WHY_NO_FORKS:
        return ""
    now = traces()
    found = []
    new = now.known - before.known
    harmless = {thread for thread in new if is_harmless(thread)}
    threads = now.threads
    if threads > before.threads + len(new):
        threads = settled_count(before.threads + len(new))
    if (count := threads - before.threads - len(harmless)) > 0:
        names = [repr(thread.name) for thread in new - harmless]
        found.append(_described(count, "thread", names or ["not started by Python"]))
    if children := {pid for pid in now.children - before.children if not _is_of_functions(pid)}:
        found.append(_described(len(children), "child process", [_described_process(pid) for pid in children]))
    targets = [system.target_of(descriptor) for descriptor in now.descriptors - before.descriptors]
    if any(system.EVENT_LOOP in target for target in targets):
        found += sorted({f"an open event loop of {_name(loop)}" for loop in _new_loops() if not _is_private(loop)})
    found += sorted({f"{target} open" for target in targets if target.startswith(_DEVICES)})
    return ", ".join(found)


def _described(count: int, what: str, names: list[str]) -> str:
    plural = "" if count == 1 else "es" if what.endswith("s") else "s"
    shown = ", ".join(sorted(names)[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    return f"{count} {what}{plural} ({shown})"


def _count_threads() -> int:
    # Without /proc nothing is isolated; this is asked all the same.
    with contextlib.suppress(OSError):
        return system.count_threads()
    return 1


def _described_process(pid: str) -> str:
    name = system.name_of_process(pid)
    return repr(name) if name else "ended"


def _is_of_functions(pid: str) -> bool:
    """True for what ``run_isolated`` keeps warm: a fork has nothing to do with it (functions/dispatcher.py)."""
    return FUNCTION_ZYGOTE in system.arguments_of_process(pid)


def _new_loops() -> list[Any]:
    """The open loops that no earlier question has found: to look for them before each import takes too long."""
    base = getattr(sys.modules.get("asyncio.events"), "AbstractEventLoop", ())
    new = [loop for loop in objects_of(base) if not loop.is_closed() and id(loop) not in _found_loops]
    _found_loops.update(map(id, new))
    return new


def _is_private(loop: Any) -> bool:
    """A worker gives a loop of Python's own a new selector: see loop/import_state.py."""
    selectors = getattr(sys.modules.get("asyncio.selector_events"), "BaseSelectorEventLoop", ())
    return isinstance(loop, selectors)


def _name(loop: object) -> str:
    kind = type(loop)
    return f"{kind.__module__}.{kind.__qualname__}"
