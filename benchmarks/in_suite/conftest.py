"""The conftest of every measured suite: does nothing, unless BENCHMARK_RECORD names a file.

::

    untimed check, in every process that runs tests --one JSON line a test--> the file --> ../check.py
                   in the pytest process            --memory, descriptors-->

So the timed commands pay for none of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest

_RECORD = os.environ.get("BENCHMARK_RECORD")
#: Of so many tests, one has the pytest process looked at after it.
_EACH = 50


def _write(line: dict[str, object]) -> None:
    # One write to a file that is opened for appending: lines of several processes do not mix.
    descriptor = os.open(str(_RECORD), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, (json.dumps(line) + "\n").encode())
    os.close(descriptor)


def _memory() -> dict[str, int]:
    # Not of the form of a table: the first line is a range of addresses.
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    kib = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines)}
    return {"rss_kib": kib["Rss"], "private_kib": kib["Private_Dirty"] + kib["Private_Clean"]}


def _process() -> str:
    # With the start time: of ten thousand processes, two may have one number.
    after_name = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return f"{os.getpid()}:{after_name[19]}"


def _program() -> str:
    # A fork has the command line of its parent, a fresh interpreter one of its own.
    return Path("/proc/self/cmdline").read_text()


class _Recorder:
    """Registered for the check alone."""

    def __init__(self) -> None:
        self._ended = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        try:
            return (yield)
        finally:
            _write({"test": item.nodeid, "process": _process(), "program": _program(), **_memory()})

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        self._look_at_this_process("collected")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            self._ended += 1
            if self._ended % _EACH == 0:
                self._look_at_this_process("running")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        self._look_at_this_process("ended")

    def _look_at_this_process(self, when: str) -> None:
        descriptors = len(os.listdir("/proc/self/fd"))
        _write({"when": when, "pid": os.getpid(), "program": _program(), "descriptors": descriptors, **_memory()})


def pytest_configure(config: pytest.Config) -> None:
    if _RECORD:
        config.pluginmanager.register(_Recorder(), "benchmark-recorder")
