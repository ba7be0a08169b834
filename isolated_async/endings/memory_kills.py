"""How many processes the kernel has killed for lack of memory: what tells such a SIGKILL from any other.

The counter of this process's own control group is asked, which its workers share. Where there is none, the whole
system's is. Formats: ``Documentation/admin-guide/cgroup-v2.rst`` (``memory.events``) and ``cgroup-v1/memory.rst``
(``memory.oom_control``) of the kernel; ``/proc/vmstat`` has ``oom_kill`` since Linux 4.13.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from isolated_async_workers.wire.light_dataclass import dataclass

_PROC = Path("/proc")
_COUNT = re.compile(rb"^oom_kill ([0-9]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MemoryKills:
    """A count, and where it comes from.

    Attributes:
        file: the file with a line ``oom_kill N``.
        scope: whose processes it counts, in words.
    """

    file: Path
    scope: str
    count: int

    @classmethod
    def until_now(cls) -> MemoryKills | None:
        """The count of now; None if this system has none."""
        place = _counter(_PROC)
        if place is None:
            return None
        count = _read(place[0])
        return None if count is None else cls(*place, count)

    def since(self) -> int:
        """How many have been killed since this count."""
        count = _read(self.file)
        return 0 if count is None else count - self.count


@functools.cache
def _counter(proc: Path) -> tuple[Path, str] | None:
    try:
        own = list(_of_the_control_group(proc))
    except (OSError, ValueError):
        # No control groups, or a kernel that writes these files in a way of its own.
        own = []
    for place in (*own, (proc / "vmstat", "this machine")):
        if _read(place[0]) is not None:
            return place
    return None


def _read(file: Path) -> int | None:
    # Each case asks.
    try:
        with open(file, "rb", buffering=0) as counters:
            found = _COUNT.search(counters.read())
    except OSError:
        return None
    return None if found is None else int(found[1])


def _of_the_control_group(proc: Path) -> Iterator[tuple[Path, str]]:
    """Candidates: of both versions of control groups, as both may be mounted and one of them has the memory."""
    groups = (proc / "self/cgroup").read_text().splitlines()
    mounts = (proc / "self/mountinfo").read_text().splitlines()
    for group in groups:
        _, controllers, path = group.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        for mount in mounts:
            directory = _directory(mount, "cgroup" if controllers else "cgroup2", controllers, path)
            if directory is not None:
                file = directory / ("memory.oom_control" if controllers else "memory.events")
                yield file, f"the control group {path}"


def _directory(mount: str, kind: str, controller: str, path: str) -> Path | None:
    """Where this mount, a line of ``mountinfo``, shows the control group ``path``; None if it does not."""
    fields, _, rest = mount.partition(" - ")
    root, mounted_at = fields.split()[3:5]
    filesystem, *_, options = rest.split()
    if filesystem != kind or (controller and controller not in options.split(",")):
        return None
    try:
        return Path(mounted_at) / Path(path).relative_to(root)
    except ValueError:
        return None
