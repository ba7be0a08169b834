"""A contender that does not do what it promises ends the comparison, and the error says what it has done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.check import Line, check_processes, check_summary, found_memory, read_lines
from benchmarks.contenders import Contender, Kind
from benchmarks.environments import Environment
from benchmarks.suites import Suite

_HOST = 7


def _contender(kind: Kind, suite: Suite) -> Contender:
    return Contender("it", Environment("none", ()), suite, (), kind)


def _lines(*processes: str) -> list[Line]:
    """A look at the host, and for each process, such as ``fork 8:1``, a test."""
    found: list[Line] = [{"when": "collected", "pid": _HOST, "program": "pytest"}]
    for number, process in enumerate(processes):
        kind, _, name = process.rpartition(" ")
        program = "pytest" if kind == "fork" or name.startswith(f"{_HOST}:") else "other"
        found.append({"test": f"test_{number}", "process": name, "program": program})
    return found


@pytest.mark.parametrize(
    ("kind", "processes"),
    [
        ("collects", ()),
        ("one process", ("7:1", "7:1", "7:1")),
        ("two processes", ("8:1", "9:1", "8:1")),
        # One number, used again.
        ("a fork a test", ("fork 8:1", "fork 9:1", "fork 8:2")),
        ("a fork a group", ("fork 8:1", "fork 9:1", "fork 10:1")),
        ("an interpreter a test", ("8:1", "9:1", "10:1")),
    ],
)
def test_what_is_as_promised(kind: Kind, processes: tuple[str, ...]) -> None:
    assert check_processes(_contender(kind, Suite(3)), _lines(*processes), _HOST) == len(set(processes))


@pytest.mark.parametrize(
    ("kind", "processes", "message"),
    [
        ("collects", ("7:1",), "it: 0 tests were to run once each; 1 ran, 1 times in all"),
        ("one process", ("7:1", "7:1"), "it: 3 tests were to run once each; 2 ran, 2 times in all"),
        ("one process", ("8:1", "8:1", "8:1"), "1 processes, of which 0 are forks of pytest and 0 is pytest itself"),
        ("two processes", ("8:1", "8:1", "8:1"), "promises two processes; 3 tests ran in 1 processes"),
        ("two processes", ("7:1", "8:1", "8:1"), "2 processes, of which 0 are forks of pytest and 1 is pytest itself"),
        ("a fork a test", ("fork 8:1", "fork 9:1", "fork 9:1"), "promises a fork a test; 3 tests ran in 2 processes"),
        ("a fork a test", ("7:1", "fork 8:1", "fork 9:1"), "of which 2 are forks of pytest and 1 is pytest itself"),
        ("a fork a test", ("fork 8:1", "fork 9:1", "10:1"), "3 processes, of which 2 are forks"),
        ("a fork a group", ("fork 8:1", "fork 8:1", "fork 9:1"), "promises a fork a group; 3 tests ran in 2 processes"),
        ("an interpreter a test", ("8:1", "9:1", "fork 10:1"), "3 processes, of which 1 are forks of pytest"),
    ],
)
def test_what_is_not_as_promised(kind: Kind, processes: tuple[str, ...], message: str) -> None:
    with pytest.raises(SystemExit, match=message):
        check_processes(_contender(kind, Suite(3)), _lines(*processes), _HOST)


def test_a_test_that_ran_twice_is_told() -> None:
    lines = _lines("8:1", "9:1", "10:1")
    with pytest.raises(SystemExit, match="3 tests were to run once each; 3 ran, 4 times in all"):
        check_processes(_contender("an interpreter a test", Suite(3)), [*lines, lines[-1]], _HOST)


@pytest.mark.parametrize(
    ("kind", "output", "seconds"),
    [
        ("one process", "...  [100%]\n3 passed in 0.05s\n", 0.05),
        ("a fork a test", "bringing up nodes...\n3 passed, 2 warnings in 80.10s (0:01:20)\n", 80.1),
        ("collects", "test_a.py::test_0\n\n3 tests collected in 1.20s\n", 1.2),
        ("helps", "usage: pytest [options]\n", 0),
    ],
)
def test_what_pytest_says_that_it_took(kind: Kind, output: str, seconds: float) -> None:
    assert check_summary(_contender(kind, Suite(3)), 0, output) == seconds


@pytest.mark.parametrize(
    ("status", "output"),
    [
        (0, "2 passed in 0.05s\n"),
        (0, "2 passed, 1 skipped in 0.05s\n"),
        (0, "no summary\n"),
        (1, "1 failed, 3 passed in 0.05s\n"),
        (-9, "3 passed in 0.05s\n"),
    ],
)
def test_a_run_that_has_not_passed_every_test(status: int, output: str) -> None:
    with pytest.raises(SystemExit) as raised:
        check_summary(_contender("one process", Suite(3)), status, output)
    assert raised.value.code == (f"it: not all of 3 tests passed, or it failed otherwise (status {status}):\n{output}")


def test_memory_and_descriptors() -> None:
    tests: list[Line] = [
        {"test": "a", "process": "8:1", "rss_kib": 40 * 1024, "private_kib": 5 * 1024},
        {"test": "b", "process": "9:1", "rss_kib": 42 * 1024, "private_kib": 7 * 1024},
    ]

    def look(when: str, descriptors: int, rss_mib: int, pid: int = _HOST) -> Line:
        return {"when": when, "pid": pid, "descriptors": descriptors, "rss_kib": rss_mib * 1024}

    looks = [look("collected", 9, 30), *(look("running", number, 31) for number in (12, 14, 13, 15))]
    looks += [look("running", 99, 31, pid=8), look("ended", 9, 33)]
    assert found_memory([*tests, *looks], _HOST) == {
        "rss_mib": 41,
        "private_mib": 6,
        "private_mib_most": 7,
        "host_grew_mib": 3,
        "descriptors_grew": 1,
    }


def _run(suite: Path, record: Path, *arguments: str) -> int:
    """The process id of a run of the suite with what is installed here."""
    plugins = ("-p", "isolated_async.plugin", "-p", "pytest_asyncio.plugin")
    variables = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "BENCHMARK_RECORD": str(record)}
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", *plugins, *arguments],
        cwd=suite,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        output = process.communicate()[0]
    assert process.returncode == 0, output
    return process.pid


def test_real_runs_are_recorded(tmp_path: Path) -> None:
    suite = Suite(12, scope="module")
    suite.write(tmp_path / "suite")
    record = tmp_path / "record"
    host = _run(tmp_path / "suite", record)
    lines = read_lines(record)
    assert check_processes(_contender("a fork a group", suite), lines, host) == 10
    found = found_memory(lines, host)
    assert set(found) == {"rss_mib", "private_mib", "private_mib_most", "host_grew_mib"}
    assert found["private_mib"] < found["rss_mib"]
    record.unlink()
    host = _run(tmp_path / "suite", record, "--isolated-loop-mode=off")
    assert check_processes(_contender("one process", suite), read_lines(record), host) == 1
    with pytest.raises(SystemExit, match="promises a fork a group; 12 tests ran in 1 processes, of which 0 are"):
        check_processes(_contender("a fork a group", suite), read_lines(record), host)
