"""Long runs with crashes and timeouts in them: nothing grows, and nothing is left.

::

    suite of N tests, every 200th crashes, every 1000th hangs --> host, with a sampler --> samples.jsonl --> slopes

``pytest -m soak tests/soak``; ``ISOLATED_ASYNC_SOAK_S`` is the duration in seconds of the run that is limited by time.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from ..faults.fault import environment
from ..inner_pytest import ON_REQUEST

pytestmark = pytest.mark.soak

#: Seconds of the run that is limited by time; in less than some minutes the noise is larger than any growth.
DURATION_S = float(os.environ.get("ISOLATED_ASYNC_SOAK_S", "1800"))
#: More tests than any machine runs in a second.
MOST_PER_SECOND = 200
#: Bytes by which the host or the zygote may grow for each test, after the first fifth of a run. The allocator's noise;
#: one report that is kept is some kilobytes.
LARGEST_GROWTH = 150

SUITE = """
import os, time
import pytest
from isolated_async import isolated_loop

# The limit is for those that hang: on a busy machine any test may need that long.
NUMBERS = [
    pytest.param(each, marks=isolated_loop(timeout=0.2)) if each % {hang_every} == 5 % {hang_every} else each
    for each in range({count})
]

@pytest.mark.parametrize("number", NUMBERS)
async def test_a(number):
    if number % {crash_every} == 3:
        os.abort()
    if number % {hang_every} == 5 % {hang_every}:
        time.sleep(1000)
"""

#: In the host: what it, its zygote and the run's temporary directory hold, every now and then.
SAMPLER = """
import json, os, time
from collections import Counter

SAMPLES = open("samples.jsonl", "w")
STARTED = None
outcomes = Counter()
finished = 0

def field(pid, name):
    with open(f"/proc/{pid}/status") as file:
        return next(line.split()[1] for line in file if line.startswith(name + ":"))

def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return file.read().split()
    except FileNotFoundError:
        return []

def zygotes():
    # The keeper, and the zygote, which it has forked.
    [keeper] = children(os.getpid())
    return [keeper, *children(keeper)]

def is_zombie(pid):
    try:
        return field(pid, "State") == "Z"
    except (FileNotFoundError, StopIteration):
        return False

def sample():
    above = zygotes()
    below = [*above, *(child for pid in above[1:] for child in children(pid))]
    SAMPLES.write(json.dumps({
        "finished": finished,
        "seconds": time.monotonic() - STARTED,
        "descriptors": len(os.listdir("/proc/self/fd")),
        "host": int(field("self", "VmRSS")) * 1024,
        "zygote": sum(int(field(pid, "VmRSS")) for pid in above) * 1024,
        "zygote_descriptors": max(len(os.listdir(f"/proc/{pid}/fd")) for pid in above),
        "processes": len(below),
        "zombies": sum(map(is_zombie, below)),
        "files": sum(len(files) for _, _, files in os.walk(os.environ["TMPDIR"])),
    }) + "\\n")
    SAMPLES.flush()

def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome != "passed":
        outcomes[kind(report)] += 1

def kind(report):
    if report.outcome == "passed":
        return "passed"
    text = report.longreprtext
    return "timed out" if "Timeout: call took" in text else "crashed" if "SIGABRT during call" in text else text[-2000:]

def pytest_runtest_logfinish(nodeid):
    global finished
    finished += 1
    if finished % 100 == 0:
        sample()

def pytest_collection_finish(session):
    global SESSION
    SESSION = session

def pytest_runtest_logstart():
    global STARTED
    STARTED = STARTED or time.monotonic()
    if time.monotonic() > STARTED + float(os.environ["SOAK_S"]):
        SESSION.shouldstop = "enough"

def pytest_sessionfinish():
    with open("outcomes.json", "w") as file:
        json.dump(outcomes, file)
"""


def soak(
    directory: Path, seconds: float = 1e9, *, count: int, crash_every: int, hang_every: int
) -> list[dict[str, int]]:
    """Run such a suite and return the samples."""
    temporary = directory / "temporary"
    temporary.mkdir()
    suite = SUITE.format(count=count, crash_every=crash_every, hang_every=hang_every)
    (directory / "test_soak.py").write_text(suite)
    (directory / "sampler.py").write_text(SAMPLER)
    (directory / "pytest.ini").write_text("[pytest]\n")
    command = [
        *(
            sys.executable,
            "-m",
            "pytest",
            *ON_REQUEST,
            "-p",
            "no:hypothesispytest",
            "-p",
            "no:anyio",
            "-p",
            "no:rerunfailures",
        ),
        # The terminal keeps every report for its summary: that is pytest's memory and not ours.
        *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "sampler", "--isolated-loop-mode=all"),
        *("--isolated-loop-workers=2", "--isolated-loop-timeout=30"),
    ]
    settings = {**environment(directory), "TMPDIR": str(temporary), "SOAK_S": str(seconds)}
    subprocess.run(command, cwd=directory, env=settings, stdin=subprocess.DEVNULL, check=False)
    samples = [json.loads(line) for line in (directory / "samples.jsonl").read_text().splitlines()]
    assert samples
    return samples


def check(samples: list[dict[str, int]], report: Path) -> None:
    """Nothing has grown since the first fifth of the run."""
    steady = samples[len(samples) // 5 : -1]
    finished = [sample["finished"] for sample in steady]
    growth = {
        what: statistics.linear_regression(finished, [sample[what] for sample in steady]).slope
        for what in ("host", "zygote", "descriptors", "zygote_descriptors", "files")
    }
    highest = {
        what: max(sample[what] for sample in samples) for what in ("descriptors", "zombies", "files", "processes")
    }
    report.write_text(json.dumps({"last": samples[-1], "growth per test": growth, "highest": highest}, indent=1))
    assert growth["host"] < LARGEST_GROWTH
    assert growth["zygote"] < LARGEST_GROWTH
    assert abs(growth["descriptors"]) < 0.001
    assert abs(growth["zygote_descriptors"]) < 0.001
    # The lock of pytest's own directory.
    assert highest["files"] <= 1
    # A process is one for a moment, until its parent has been told.
    assert highest["zombies"] <= 3
    # The keeper and the zygote, two workers, a spare, and one that is being ended.
    assert highest["processes"] <= 7


def outcomes(directory: Path) -> dict[str, int]:
    counts: dict[str, int] = json.loads((directory / "outcomes.json").read_text())
    return counts


def test_twenty_thousand_tests(tmp_path: Path) -> None:
    samples = soak(tmp_path, count=20_000, crash_every=200, hang_every=1000)
    assert outcomes(tmp_path) == {"passed": 19_880, "crashed": 100, "timed out": 20}
    check(samples, tmp_path / "report.json")


def test_five_hundred_timeouts(tmp_path: Path) -> None:
    soak(tmp_path, count=500, crash_every=10_000, hang_every=1)
    assert outcomes(tmp_path) == {"timed out": 499, "crashed": 1}


def test_for_a_given_time(tmp_path: Path) -> None:
    samples = soak(tmp_path, DURATION_S, count=int(DURATION_S * MOST_PER_SECOND), crash_every=200, hang_every=1000)
    assert set(outcomes(tmp_path)) == {"passed", "crashed", "timed out"}
    check(samples, tmp_path / "report.json")
