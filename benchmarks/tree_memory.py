"""The memory of a command and all its processes together, looked at again and again while it runs.

Proportional set sizes: a page that three processes share counts a third for each of them, so that their sum is what the
command takes. To read them takes time of the processes: this is for untimed runs. What lives shorter than the pause
between two looks may be missed.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from pathlib import Path

#: Seconds between two looks.
_PAUSE_S = 0.05
_KIB_PER_MIB = 1024


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
        found[parent].append(int(path.parent.name))
    return found


def _proportional_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # it has ended meanwhile
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def tree_mib(root: int) -> float:
    """What the process and all its descendants take now."""
    children = _children()
    pids, kib = [root], 0
    while pids:
        pid = pids.pop()
        kib += _proportional_kib(pid)
        pids += children[pid]
    return kib / _KIB_PER_MIB


class TreeMemory(threading.Thread):
    """Looks at a command until it is stopped; ``peak_mib`` is the most that was seen."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.peak_mib = 0.0
        self._root = root
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(_PAUSE_S):
            self.peak_mib = max(self.peak_mib, tree_mib(self._root))

    def stop(self) -> None:
        self._stopped.set()
        self.join()
