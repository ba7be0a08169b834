"""The command as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isolated_async_workers.wire.conflict_pages import page

from ..inner_pytest import environment
from .conftest import INI

SUITE = """
import asyncio
import pytest

async def nothing(): ...

def test_harmless(): ...

class TestOwnLoop:
    def test_leaves_it_closed(self):
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.close()

def test_harmless_too(): ...

def test_needs_a_loop():
    asyncio.get_event_loop().run_until_complete(nothing())

def test_fails(): assert False, "always"
"""
POLLUTER, VICTIM = "test_a.py::TestOwnLoop::test_leaves_it_closed", "test_a.py::test_needs_a_loop"


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "isolated_async", "diagnose", *arguments]


def _diagnose(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(*arguments), cwd=directory, env=environment(), capture_output=True, text=True, check=False
    )


@pytest.fixture
def suite(suite: Path) -> Path:
    (suite / "test_a.py").write_text(SUITE)
    return suite


def test_the_story_in_text(suite: Path) -> None:
    before = sorted(suite.iterdir())
    done = _diagnose(suite, "test_needs_a_loop", "--", "-q", "test_a.py")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:4] == [
        f"{VICTIM} fails after",
        f"    {POLLUTER}",
        "which leaves this behind:",
        "    the current event loop is closed (test_a.py:13, in TestOwnLoop.test_leaves_it_closed)"
        if sys.version_info >= (3, 11)
        else "    the current event loop is closed (test_a.py:13, in test_leaves_it_closed)",
    ]
    for line in (
        "alone: passed 4 of 4",
        "after the 3 tests before it: failed 4 of 4: RuntimeError: Event loop is closed",
        f"after {POLLUTER}: failed 4 of 4: RuntimeError: Event loop is closed",
        "the cause: the current event loop is closed",
        "    it passes if that is put back before it",
        f"    more: {page('closed-loop')}",
        f"to see it: pytest -q {POLLUTER} {VICTIM}",
        "    failed 1 of 1",
        f"isolated: pytest --isolated-loop-mode=all -q {POLLUTER} {VICTIM}",
        "    passed 1 of 1",
    ):
        assert line in lines, done.stdout
    assert done.stderr.splitlines()[:2] == [
        "alone: passed 4 of 4",
        "after 3 tests: failed 4 of 4: RuntimeError: Event loop is closed",
    ]
    assert "candidates left" in done.stderr
    assert [each for each in sorted(suite.iterdir()) if each.name != "__pycache__"] == before


def test_the_same_for_programs(suite: Path) -> None:
    done = _diagnose(suite, VICTIM, "--runs=1", "--format=json", "--output=report.json")
    assert (done.returncode, done.stdout) == (0, "")
    report: dict[str, Any] = json.loads((suite / "report.json").read_text())
    assert (report["schema"], report["test"], report["verdict"]) == (1, VICTIM, "found")
    assert report["alone"] == {"failed": 0, "runs": 1, "why": "", "otherwise": "passed"}
    closed = "RuntimeError: Event loop is closed"
    assert report["company"] == {"failed": 1, "runs": 1, "why": closed, "otherwise": "", "tests": 3}
    (polluters,) = report["polluters"]
    assert (polluters["tests"], polluters["by_import"]) == ([POLLUTER], False)
    (left,) = [each for each in polluters["left_behind"] if each["is_cause"]]
    assert (left["kind"], left["file"], left["line"], left["stage"]) == ("loop", "test_a.py", 13, "call")
    assert left["page"] == page("closed-loop")
    arguments = [POLLUTER, VICTIM]
    assert report["in_process"] == {"arguments": arguments, "outcome": "failed", "problem": ""}
    isolated = ["--isolated-loop-mode=all", *arguments]
    assert report["isolated"] == {"arguments": isolated, "outcome": "passed", "problem": ""}
    assert report["pytests"] == 3
    assert report["probes"] < 40


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        ([], 2, "the following arguments are required: TEST"),
        (["test_a", "--runs=0"], 2, "argument --runs: '0': a whole number from 1 to 1000"),
        (["test_a", "--timeout=never"], 2, "argument --timeout: 'never': seconds, more than 0"),
        (["test_need_a_loop"], 2, "test_need_a_loop is not among the tests that pytest collects; there is test_a.py::"),
        (["test_a.py"], 2, "test_a.py means 5 tests, and it takes one: "),
        (["x", "--", "nowhere"], 3, "isolated-async diagnose: pytest exits with 4\n"),
        (["x", "--", "-k", "nothing"], 3, "isolated-async diagnose: pytest finds no test\n"),
        (["x", "--", "--no-such-option"], 3, "isolated-async diagnose: pytest exits with 4\n"),
    ],
)
def test_what_cannot_be(suite: Path, arguments: list[str], status: int, says: str) -> None:
    done = _diagnose(suite, *arguments)
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert says in done.stderr


def test_a_part_that_does_not_collect(suite: Path) -> None:
    (suite / "test_b.py").write_text("raise ValueError('at import')\n")
    done = _diagnose(suite, VICTIM)
    assert (done.returncode, done.stdout) == (3, "")
    assert "pytest does not collect all tests\n    test_b.py: E   ValueError: at import\n" in done.stderr


def test_statuses_of_what_is_not_found_and_a_report_that_cannot_be_written(suite: Path) -> None:
    done = _diagnose(suite, "test_fails", "--runs=1")
    assert done.returncode == 5
    assert done.stdout.startswith("test_a.py::test_fails fails alone: company is not why\n")
    assert "alone: failed 1 of 1: AssertionError: always" in done.stdout
    done = _diagnose(suite, "test_harmless_too", "--runs=1", "--output=nowhere/report")
    assert done.returncode == 4
    assert done.stdout.startswith("test_a.py::test_harmless_too does not fail in company\n")
    assert "isolated-async diagnose: nowhere/report: No such file or directory\n" in done.stderr
    done = _diagnose(suite, "test_harmless_too", "--runs=1")
    assert done.returncode == 6
    assert "green" not in done.stdout
    assert "@isolated_loop" not in done.stdout


NEVER_RUN = """
import unittest

class Legacy(unittest.TestCase):
    async def test_wrong(self):
        self.fail("never seen")
"""


def test_a_test_that_is_green_in_process_without_having_run(suite: Path) -> None:
    (suite / "test_b.py").write_text(NEVER_RUN)
    test = "test_b.py::Legacy::test_wrong"
    done = _diagnose(suite, test, "--runs=1", "--", "-q")
    assert done.returncode == 6, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"{test} does not fail in company: in process it is green without having run"
    at = lines.index(f"isolated: pytest --isolated-loop-mode=all -q {test}")
    assert lines[at + 1] == "    failed 1 of 1"
    assert f"more: {page('green-without-running')}" in lines
    report = json.loads(_diagnose(suite, test, "--runs=1", "--format=json").stdout)
    assert (report["verdict"], report["green"], report["isolated"]["outcome"]) == ("passes", True, "failed")


def test_options_of_a_run_that_are_in_the_way(suite: Path) -> None:
    # Of a run with several processes, which ends at the first failure and writes results, there is one process here.
    (suite / "test_0.py").write_text("def test_fails_first(): assert False\n")
    done = _diagnose(
        suite, VICTIM, "--runs=1", "--format=json", "--", "-n2", "-x", "--junitxml=results.xml", "-p", "xdist"
    )
    assert done.returncode == 0, done.stderr
    assert [each["tests"] for each in json.loads(done.stdout)["polluters"]] == [[POLLUTER]]


def test_a_suite_that_is_shuffled_by_a_seed(suite: Path) -> None:
    pytest.importorskip("pytest_randomly")
    (suite / "test_a.py").write_text(
        "import pytest\nSTATE = []\n\n"
        "@pytest.mark.parametrize('number', range(9))\ndef test_pollutes(number): STATE.append(number)\n\n"
        "def test_victim(): assert not STATE\n"
    )
    (suite / "pytest.ini").write_text(INI.replace("-p no:randomly", ""))
    options = ["--randomly-seed=1"]
    done = _diagnose(suite, "test_victim", "--runs=1", "--format=json", "--", *options)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["in_process"]["outcome"], found["isolated"]["outcome"]) == ("failed", "passed")
    # The option, which knows the plugin alone, may be in a configuration too; the order is that of the arguments.
    assert found["in_process"]["arguments"][:2] == [*options, "--randomly-dont-reorganize"]
    assert "a plugin shuffles the tests" in found["notes"][0]


SLOW = """
import os, pathlib, time

def test_first(): os.environ["POLLUTED"] = "1"
def test_second(): ...
def test_third(): ...
def test_fourth(): ...

def test_victim():
    with open("ran", "a") as file:
        file.write("x")
    if os.path.getsize("ran") > 4:
        time.sleep(600)
    assert "POLLUTED" not in os.environ
"""


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_command_that_is_ended(suite: Path, number: int) -> None:
    (suite / "test_a.py").write_text(SLOW)
    mark = f"mark-{os.getpid()}-{number}"
    running = subprocess.Popen(
        _command(
            "test_victim",
            "--runs=1",
            "--at-once=1",
            "--timeout=500",
            "--",
            "--override-ini",
            f"junit_suite_name={mark}",
        ),
        cwd=suite,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _wait_for(lambda: (suite / "ran").exists() and (suite / "ran").stat().st_size > 4)
    os.kill(running.pid, number)
    stdout, stderr = running.communicate(timeout=60)
    if number == signal.SIGINT:
        assert running.returncode == 130, stderr
        assert stdout.startswith("test_a.py::test_victim: broken off\nit fails after ")
        assert "after the 4 tests before it: failed 1 of 1: " in stdout
    _wait_for(lambda: not _running(mark))


def test_a_command_that_is_killed_while_pytest_collects(suite: Path) -> None:
    (suite / "test_a.py").write_text("import pathlib, time\npathlib.Path('began').touch()\ntime.sleep(600)\n")
    mark = f"mark-{os.getpid()}-collecting"
    running = subprocess.Popen(_command("x", "--", "-o", f"junit_suite_name={mark}"), cwd=suite, env=environment())
    _wait_for((suite / "began").exists)
    running.kill()
    running.wait()
    _wait_for(lambda: not _running(mark))


def _running(mark: str) -> list[str]:
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in each.read_bytes():
                found.append(each.parent.name)
        except OSError:
            continue
    return found


def test_where_the_pytest_that_has_collected_is_killed_what_is_known_is_told(suite: Path) -> None:
    (suite / "test_a.py").write_text(
        "import os, signal\nfrom pathlib import Path\n\n"
        "def test_kills():\n"
        "    guard = Path(f'/proc/{os.getppid()}/stat').read_text()\n"
        "    os.kill(int(guard.rpartition(')')[2].split()[1]), signal.SIGKILL)\n\n"
        "def test_victim(): ...\n"
    )
    done = _diagnose(suite, "test_victim", "--format=json")
    assert done.returncode == 3, done.stderr
    assert "the pytest that has collected the suite has ended" in done.stderr
    found = json.loads(done.stdout)
    assert (found["verdict"], found["alone"]["failed"], found["alone"]["runs"]) == ("broken off", 0, 1)
    assert found["alone"]["otherwise"] == "passed"
