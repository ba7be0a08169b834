"""What a command and all its processes take."""

from __future__ import annotations

import json
import subprocess
import sys

#: An orphan that touches pages which nobody else pays for: it outlives its parent, which leaves at once.
_ORPHAN = """
import mmap, os
if os.fork() == 0:
    if os.fork() == 0:
        os.setsid()
        with mmap.mmap(-1, {pages} * mmap.PAGESIZE) as memory:
            memory.madvise(mmap.MADV_NOHUGEPAGE)
            for page in range({pages}):
                memory[page * mmap.PAGESIZE] = 1
    os._exit(0)
os._exit(3)
"""

#: In a process of its own: it adopts orphans, and waits for every child.
_MEASURE = """
import dataclasses, json, os, pathlib, sys
from benchmarks.command import Run
ended = Run([sys.executable, "-c", sys.argv[1]], pathlib.Path(), dict(os.environ)).ended()
print(json.dumps(dataclasses.asdict(ended)))
"""


def _measured(program: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", _MEASURE, program], stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def test_what_a_command_leaves_is_counted_too() -> None:
    few, many = _measured(_ORPHAN.format(pages=1)), _measured(_ORPHAN.format(pages=20_000))
    assert (few["status"], many["status"]) == (3, 3)
    assert many["minor_faults"] - few["minor_faults"] > 19_000
    assert many["peak_mib"] > few["peak_mib"] + 50
