"""Tests that a plugin runs again: each attempt has a process of its own, and the plugin decides as in process."""

from __future__ import annotations

import pytest

from .conftest import Run, Suite

#: Passes in its third attempt. Each tells its process, its number, and what the one before has left in the module.
ATTEMPTS = """
import asyncio, os, pathlib, time
import pytest

LEFT_BEHIND = []
tried = pathlib.Path("tried")

def number_of(request):
    with tried.open("a") as file:
        file.write(f"{os.getpid()} {len(LEFT_BEHIND)} {getattr(request.node, 'execution_count', 0)}\\n")
    LEFT_BEHIND.append(1)
    return len(tried.read_text().splitlines())
"""

FAILS_TWICE = (
    ATTEMPTS
    + """
def how(kind):
    if kind == "raise":
        raise ValueError("not yet")
    if kind == "abort":
        os.abort()
    if kind == "exit":
        os._exit(0)
    time.sleep(1000)

async def test_a(request):
    if number_of(request) < 3:
        how("{kind}")
"""
)


def _attempts(suite: Suite) -> list[list[str]]:
    return [line.split() for line in (suite.path / "tried").read_text().splitlines()]


@pytest.mark.parametrize("kind", ["raise", "abort", "exit", "hang"])
def test_each_attempt_has_a_fresh_process(any_suite: Suite, kind: str) -> None:
    any_suite.write(test_a=FAILS_TWICE.replace("{kind}", kind))
    run = any_suite.run("--isolated-loop", "--reruns=3", "--reruns-delay=0.1", "--isolated-loop-timeout=2")
    assert run.outcomes == {"passed": 1, "rerun": 2}, run.stdout
    assert run.result.ret == 0
    attempts = _attempts(any_suite)
    assert len({process for process, _, _ in attempts}) == 3
    assert [left for _, left, _ in attempts] == ["0", "0", "0"]
    assert [number for _, _, number in attempts] == ["1", "2", "3"]


def test_a_test_that_never_passes_is_reported_once(suite: Suite) -> None:
    suite.write(test_a="import os\nasync def test_a():\n    os.abort()\n\nasync def test_b():\n    assert 0\n")
    run = suite.run("--isolated-loop", "--reruns=2", "--isolated-loop-workers=2", "-x")
    assert run.outcomes == {"failed": 1, "rerun": 2}, run.stdout
    assert run.stdout.count("was killed by SIGABRT during call") == 2  # the failure, and the summary's line


FILTERED = (
    ATTEMPTS
    + """
class Broken(Exception):
    def __init__(self, code, *, hint):
        super().__init__(code)

async def test_cause(request):
    if not pathlib.Path("cause").exists():
        pathlib.Path("cause").touch()
        raise RuntimeError("outer") from OSError("inner")

@pytest.mark.flaky(reruns=1, only_rerun=Broken)
async def test_class(request):
    if not pathlib.Path("class").exists():
        pathlib.Path("class").touch()
        raise Broken(3, hint="no")

@pytest.mark.flaky(reruns=1, only_rerun=".", condition="type(error).__name__ == 'KilledBySignal'")
async def test_condition():
    if not pathlib.Path("condition").exists():
        pathlib.Path("condition").touch()
        os.abort()

async def test_other():
    raise ValueError("of no interest")

async def test_crash():
    os.abort()

@pytest.mark.xfail
async def test_expected():
    assert 0

async def test_skipped():
    pytest.skip("no")

def test_not_isolated():
    raise OSError
"""
)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_plugin_filters_as_in_process(suite: Suite, workers: int) -> None:
    suite.write(test_a=FILTERED)
    run = suite.run("--isolated-loop", "--reruns=1", "--only-rerun=OSError", f"--isolated-loop-workers={workers}")
    assert _told(run) == {
        "test_cause": ["rerun", "passed"],
        "test_class": ["rerun", "passed"],
        "test_condition": ["rerun", "passed"],
        "test_other": ["failed"],
        "test_crash": ["failed"],
        "test_expected": ["skipped"],
        "test_skipped": ["skipped"],
        "test_not_isolated": ["rerun", "failed"],
    }, run.stdout


GROUP = """
import os, pathlib
import pytest
from isolated_async import isolated_loop

@pytest.fixture(scope="class")
def shared():
    with open("built", "a") as file:
        file.write(f"{os.getpid()}\\n")
    return []

@isolated_loop(scope="class")
class TestGroup:
    async def test_first(self, shared):
        shared.append(1)

    async def test_second(self, shared):
        shared.append(2)
        if not pathlib.Path("failed").exists():
            pathlib.Path("failed").touch()
            assert 0

    async def test_third(self, shared):
        assert shared in ([2], [1, 2])
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_the_rest_of_a_group_goes_on(suite: Suite, workers: int) -> None:
    suite.write(test_a=GROUP)
    run = suite.run("--reruns=1", "-x", f"--isolated-loop-workers={workers}")
    assert run.outcomes == {"passed": 3, "rerun": 1}, run.stdout
    assert len((suite.path / "built").read_text().split()) == 2


FLAKY = (
    ATTEMPTS
    + """
from flaky import flaky

@flaky(max_runs=3)
async def test_a(request):
    if number_of(request) < 3:
        {how}

@flaky(max_runs=2, min_passes=2)
async def test_twice():
    with open("twice", "a") as file:
        file.write(f"{os.getpid()}\\n")

@pytest.mark.flaky(max_runs=2, rerun_filter=lambda error, *_: issubclass(error[0], OSError))
async def test_filtered():
    raise ValueError("of no interest")
"""
)


@pytest.mark.parametrize("how", ["raise OSError('not yet')", "os.abort()"])
def test_flaky_decides_as_in_process(suite: Suite, how: str) -> None:
    suite.write(test_a=FLAKY.replace("{how}", how))
    run = suite.run("--isolated-loop")
    assert _told(run) == {"test_a": ["passed"], "test_twice": ["passed"], "test_filtered": ["failed"]}, run.stdout
    assert len({process for process, _, _ in _attempts(suite)}) == 3
    assert len(set((suite.path / "twice").read_text().split())) == 2
    for line in ("test_a failed (2 runs remaining out of 3).", "test_twice passed 2 out of the required 2 times."):
        assert line in run.stdout


def _told(run: Run) -> dict[str, list[str]]:
    """Of each test, what the reports say that are more than a stage that passed before or after the call."""
    told: dict[str, list[str]] = {}
    for report in run.reports:
        if report["when"] == "call" or report["outcome"] != "passed":
            told.setdefault(report["nodeid"].partition("::")[2], []).append(report["outcome"])
    return told
