"""What a measurement was made on, and of which commit."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
_BYTES_PER_GIB = 1 << 30
_RESULTS = ("benchmarks/results", "benchmarks/RESULTS.md")


def describe_machine() -> dict[str, str]:
    """Processor, cores that this process may use, memory, system, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _BYTES_PER_GIB
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.processor() or "unknown"


def busy_s() -> float:
    """Seconds for which all cores together have been busy since the machine was started, with whatever."""
    first = Path("/proc/stat").read_text().splitlines()[0].split()
    user, nice, system, _idle, _waiting, interrupts, soft_interrupts, stolen = (int(each) for each in first[1:9])
    return (user + nice + system + interrupts + soft_interrupts + stolen) / os.sysconf("SC_CLK_TCK")


def revision() -> str:
    """The commit that is measured, marked if the checkout differs from it; unknown outside a checkout."""
    commit = _git("rev-parse", "--short", "HEAD")
    # What is measured is not changed by the results of having measured it.
    changed = _git("status", "--porcelain", "--untracked-files=no", ".", *(f":!{path}" for path in _RESULTS))
    return f"{commit}-dirty" if changed else commit or "unknown"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", "-C", str(PROJECT), *arguments], stdout=subprocess.PIPE, text=True).stdout.strip()
