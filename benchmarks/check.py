"""Did each contender really run each test in the processes that it promises? Looked at once, untimed.

::

    the suite's conftest (BENCHMARK_RECORD) --> lines of JSON --> check: counts, or the comparison ends
                                                              --> memory and descriptors
"""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.contenders import Contender

_KIB_PER_MIB = 1024
_SUMMARY = re.compile(r"^(?P<tests>\d+) (?:passed|tests? collected)\b.* in (?P<seconds>[\d.]+)s", re.MULTILINE)

Line = dict[str, Any]


def read_lines(record: Path) -> list[Line]:
    """What was recorded; nothing if no process has written."""
    return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []


def check_processes(contender: Contender, lines: Sequence[Line], host: int) -> int:
    """The number of processes in which tests ran, of which ``host`` is the command's own.

    Raises:
        SystemExit: not each test ran exactly once, or not in such processes as the contender promises.
    """
    tests = [line for line in lines if "test" in line]
    names = {line["test"] for line in tests}
    processes = {line["process"] for line in tests}
    of_host = {process for process in processes if process.startswith(f"{host}:")}
    programs = {line["program"] for line in lines if line.get("pid") == host}
    forked = {line["process"] for line in tests if line["program"] in programs}
    expected = 0 if contender.kind in ("helps", "collects") else contender.suite.tests
    if len(tests) != expected or len(names) != expected:
        raise SystemExit(
            f"{contender.name}: {expected} tests were to run once each; {len(names)} ran, {len(tests)} times in all"
        )
    match contender.kind:
        case "helps" | "collects":
            right = True
        case "one process":
            right = processes == of_host
        case "two processes":
            right = len(processes) == 2 and not of_host
        case "a fork a group":
            right = len(processes) == len(forked) == contender.suite.modules and not of_host
        case "a fork a test":
            right = len(processes) == len(forked) == expected and not of_host
        case "an interpreter a test":
            right = len(processes) == expected and not forked
    if not right:
        raise SystemExit(
            f"{contender.name}: promises {contender.kind}; {expected} tests ran in {len(processes)} processes, of "
            f"which {len(forked - of_host)} are forks of pytest and {len(of_host)} is pytest itself"
        )
    return len(processes)


def check_summary(contender: Contender, status: int, output: str) -> float:
    """The seconds that pytest says it took; 0 if it was to say something else.

    Raises:
        SystemExit: the command failed, or did not report that every test passed (or was collected).
    """
    if status == 0 and contender.kind == "helps":
        return 0
    summary = _SUMMARY.search(output)
    if status != 0 or summary is None or int(summary["tests"]) != contender.suite.tests:
        raise SystemExit(
            f"{contender.name}: not all of {contender.suite.tests} tests passed, or it failed otherwise "
            f"(status {status}):\n{output}"
        )
    return float(summary["seconds"])


def found_memory(lines: Sequence[Line], host: int) -> dict[str, float]:
    """What the lines say of memory and descriptors, by the names of ``Entry.checked``."""
    tests = [line for line in lines if "test" in line]
    looks = [line for line in lines if line.get("pid") == host]
    found: dict[str, float] = {}
    if tests:
        private = [line["private_kib"] / _KIB_PER_MIB for line in tests]
        found["rss_mib"] = statistics.median(line["rss_kib"] for line in tests) / _KIB_PER_MIB
        found["private_mib"] = statistics.median(private)
        found["private_mib_most"] = max(private)
    by_when = {when: [line for line in looks if line["when"] == when] for when in ("collected", "running", "ended")}
    if tests and by_when["collected"] and by_when["ended"]:
        before, after = by_when["collected"][0], by_when["ended"][-1]
        found["host_grew_mib"] = (after["rss_kib"] - before["rss_kib"]) / _KIB_PER_MIB
    running = [line["descriptors"] for line in by_when["running"]]
    if len(running) >= 4:
        # The number goes up and down with the workers that are in flight: the most of each half is compared.
        half = len(running) // 2
        found["descriptors_grew"] = max(running[half:]) - max(running[:half])
    return {name: round(value, 3) for name, value in found.items()}
