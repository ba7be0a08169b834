"""What the processes of a fault are noted by, and how it is checked that they are gone."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .fault import Fault, Outcome

#: What the faults import to note the processes that they start.
NOTES = """
import os, subprocess, sys, time

def note(pid=None):
    module = os.environ["PYTEST_CURRENT_TEST"].partition(".py")[0]
    file = os.open(os.path.join(os.environ["SUITE"], f"pids-{module}"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(file, f"{pid or os.getpid()}\\n".encode())
    os.close(file)

def noted():
    module = os.environ["PYTEST_CURRENT_TEST"].partition(".py")[0]
    try:
        with open(os.path.join(os.environ["SUITE"], f"pids-{module}")) as file:
            return len(file.read().split())
    except FileNotFoundError:
        return 0

def wait_for(count):
    while noted() < count:
        time.sleep(0.001)

def sleep():
    note()
    time.sleep(1000)
"""

#: In the host: as soon as a test's end is told, what of its processes is there still?
SURVIVORS = """
import json, os, time

survivors = {}

def is_there(pid):
    # A worker that has finished may still give back its memory, for some milliseconds: it holds no file but two of
    # ours, and one in which it looks up what it has copied.
    until = time.monotonic() + 1
    while is_there := os.path.exists(f"/proc/{pid}"):
        if not holds_nothing(pid) or time.monotonic() > until:
            break
        time.sleep(0.001)
    return is_there

def holds_nothing(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd")) <= 3
    except OSError:
        return True  # It goes away at this moment.

def pytest_runtest_logfinish(nodeid):
    module = nodeid.partition(".py")[0]
    path = os.path.join(os.environ["SUITE"], f"pids-{module}")
    if nodeid.endswith("::test_fault") and os.path.exists(path):
        with open(path) as file:
            pids = file.read().split()
        survivors[module] = [len(pids), [pid for pid in pids if is_there(pid)]]

def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line("SURVIVORS " + json.dumps(survivors))
"""

FILES = {"notes.py": NOTES, "conftest.py": SURVIVORS}
# What is left behind is what these tests are about: that it is reported is tested elsewhere.
ARGUMENTS = ("--isolated-loop-leaks=ignore",)


def check_that_all_are_gone(fault: Fault, outcome: Outcome) -> None:
    """When the fault's end was told, and after the run, none of its processes was there."""
    line = next(line for line in outcome.output.splitlines() if line.startswith("SURVIVORS "))
    noted, alive = json.loads(line.removeprefix("SURVIVORS "))[f"test_{fault.name}"]
    assert noted
    assert alive == []


def processes_with(setting: str, but: int = 0) -> list[str]:
    """The command line of every process, ``but`` this one, that was given this environment variable."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name not in (str(os.getpid()), str(but)):
            try:
                if setting.encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return found
