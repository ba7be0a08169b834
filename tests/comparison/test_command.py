"""The command as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from ..inner_pytest import ON_REQUEST, environment, without_costly_plugins

#: One side runs under xdist.
INI = f"[pytest]\naddopts = {' '.join([*ON_REQUEST, *without_costly_plugins('xdist')])} -p no:asyncio\n"
SUITE = """
import asyncio, pathlib, unittest
import pytest

class OnTestCase(unittest.TestCase):
    async def test_green(self):
        assert True

    async def test_green_and_wrong(self):
        assert False, "never seen"

def test_closes_the_loop():
    asyncio.run(asyncio.sleep(0))

def test_on_the_current_loop():
    asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))

def test_flaky():
    runs = pathlib.Path("runs")
    runs.open("a").write("x")
    assert len(runs.read_text()) > 1, "the first time"

def test_same():
    pass

@pytest.mark.skip
def test_skipped():
    pass

@pytest.mark.xfail
def test_xfail():
    assert False

@pytest.fixture
def broken():
    raise ValueError("in set-up")

def test_error(broken):
    pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text(INI)
    (tmp_path / "test_a.py").write_text(SUITE)
    return tmp_path


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "isolated_async", "compare", *arguments]


def _compare(directory: Path, *arguments: str, start: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*start, *_command(*arguments)]
    return subprocess.run(command, cwd=directory, env=environment(), capture_output=True, text=True, check=False)


PAIR = ("in-process", "isolated")


def test_what_is_different(suite: Path) -> None:
    # Of which tests are isolated, the command decides, and not the ini file.
    (suite / "pytest.ini").write_text(f"{INI}isolated_loop_mode = marked\n")
    done = _compare(suite, "--runs=3", "--mode=all", "--format=json")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["schema"] == 1
    kinds = {test["node_id"].rpartition("::")[2]: test["kind"] for test in report["tests"]}
    assert kinds == {
        "test_green": "green",
        "test_green_and_wrong": "green",
        "test_closes_the_loop": "same",
        "test_on_the_current_loop": "cured",
        "test_flaky": "flaky",
        "test_same": "same",
        "test_skipped": "same",
        "test_xfail": "same",
        "test_error": "same",
    }
    tests = {test["node_id"].rpartition("::")[2]: test for test in report["tests"]}
    assert tests["test_green_and_wrong"]["on"]["in-process"]["outcomes"] == {"passed": 3}
    assert tests["test_green_and_wrong"]["on"]["isolated"]["outcomes"] == {"failed": 3}
    assert "never seen" in tests["test_green_and_wrong"]["on"]["isolated"]["why"]
    assert tests["test_error"]["on"]["in-process"]["outcomes"] == {"error": 3}
    assert tests["test_xfail"]["on"]["isolated"]["outcomes"] == {"xfailed": 3}
    assert tests["test_on_the_current_loop"]["against"]["isolated"]["p_value"] == 0.1
    first, second = report["sides"]
    assert (first["name"], first["runs"], first["tests"]) == ("in-process", 3, 9)
    assert (second["name"], second["runs"], second["tests"]) == ("isolated", 3, 9)
    assert 0 < first["wall_s"] < 60
    assert 0 < first["cpu_s"] < 60
    assert 10 * 2**20 < first["peak_bytes"] < 2**30
    progress = done.stderr.splitlines()
    assert len(progress) == 6
    # Each side is first in turn.
    assert [line.partition(",")[0] for line in progress] == [*PAIR, *reversed(PAIR), *PAIR]


def test_as_text(suite: Path) -> None:
    done = _compare(suite, "--runs=2", "--fail-on-difference")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    for line in (
        "green without having run (in-process): 2",
        "    test_a.py::OnTestCase::test_green_and_wrong",
        "        in-process: passed 2 of 2",
    ):
        assert line in lines, done.stdout
    # All that differs is known for certain.
    assert "too few runs" not in done.stdout
    assert "test_same" not in done.stdout


def test_a_pytest_that_dies(suite: Path) -> None:
    (suite / "test_a.py").write_text(
        "import os, signal\n\ndef test_before(): ...\n\n"
        "def test_dies():\n    os.kill(os.getpid(), signal.SIGKILL)\n\ndef test_after(): ...\n"
    )
    done = _compare(suite, "--runs=2", "--mode=all", "--format=json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    tests = {test["node_id"].rpartition("::")[2]: test for test in report["tests"]}
    assert {name: test["kind"] for name, test in tests.items()} == {
        "test_before": "same",
        "test_dies": "uncompared",
        "test_after": "uncompared",
    }
    assert tests["test_dies"]["on"]["in-process"]["outcomes"] == {}
    assert "killed by SIGKILL" in tests["test_dies"]["on"]["isolated"]["why"]
    assert [(side["runs"], side["broken_off"]) for side in report["sides"]] == [(0, 2), (2, 0)]
    assert "in-process, run 1 of 2: 1 test, " in done.stderr
    assert "then pytest was killed by SIGKILL" in done.stderr
    done = _compare(suite, "--runs=1", "--mode=all", "--fail-on-difference")
    # Nobody shall take that for a suite in which nothing is different.
    assert done.returncode == 1
    text = done.stdout
    assert "in-process  1 test, 0 runs (1 more broken off)\n" in text
    assert "fail isolated; not compared: a side was broken off before they ended: 1\n" in text
    assert "        in-process: never ended" in text.splitlines()
    # Of what never ended there are no counts that could be uneven.
    assert "beyond chance" not in text


def test_whoever_starts_it_ignores_the_ends_of_children(suite: Path) -> None:
    """The kernel then tells nobody how a child has ended."""
    (suite / "test_a.py").write_text(
        "import os, signal\n\ndef test_dies():\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ignores = (
        "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    )
    done = _compare(suite, "--runs=1", "--mode=all", start=(sys.executable, "-c", ignores))
    assert done.returncode == 0, done.stderr
    assert "then pytest was killed by SIGKILL" in done.stderr


@pytest.mark.parametrize(
    ("way", "end"), [("ctypes.string_at(0)", "was killed by SIGSEGV"), ("os._exit(0)", "has ended with status 0")]
)
def test_a_pytest_that_the_first_test_ends(suite: Path, way: str, end: str) -> None:
    (suite / "test_a.py").write_text(f"import ctypes, os\n\ndef test_ends():\n    {way}\n\ndef test_after(): ...\n")
    done = _compare(suite, "--runs=1", "--mode=all", "--format=json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [(side["runs"], side["broken_off"]) for side in report["sides"]] == [(0, 1), (1, 0)]
    assert {test["node_id"]: test["kind"] for test in report["tests"]} == {
        "test_a.py::test_ends": "uncompared",
        "test_a.py::test_after": "uncompared",
    }
    assert "in-process, run 1 of 1: 0 tests, " in done.stderr
    assert f"then pytest {end}" in done.stderr


def test_as_junit(suite: Path) -> None:
    (suite / "test_b.py").write_text(
        "import os\nimport pytest\n\ndef test_odd():\n"
        "    assert 'ISOLATED' in os.environ, '<odd> & \\x1b \\udcff'\n\n"
        "@pytest.fixture(autouse=True)\ndef isolated(request):\n"
        "    if request.config.pluginmanager.has_plugin('isolated-async-recorder'):\n"
        "        os.environ['ISOLATED'] = '1'\n"
    )
    done = _compare(
        suite, "--runs=1", "--mode=all", "--format=junit", "--", "test_b.py", "test_a.py", "-k", "odd or same"
    )
    assert done.returncode == 0, done.stderr
    (reported,) = ElementTree.fromstring(done.stdout)
    assert reported.attrib["tests"] == "2"
    assert reported.attrib["failures"] == "1"
    odd, same = reported
    assert (odd.attrib, same.attrib) == (
        {"classname": "test_b", "name": "test_odd"},
        {"classname": "test_a", "name": "test_same"},
    )
    (failure,) = odd
    assert failure.attrib["message"] == "fail in-process, and not isolated"
    assert "<odd> & " in str(failure.text)
    assert not list(same)


def test_no_difference(suite: Path) -> None:
    done = _compare(suite, "--runs=1", "--fail-on-difference", "--", "-k", "test_same or test_skipped")
    assert done.returncode == 0, done.stdout
    assert "No test ends otherwise." in done.stdout.splitlines()


@pytest.mark.parametrize("arguments", [[], ["--", "-x"]], ids=["ini file", "arguments"])
def test_failures_do_not_end_a_run(suite: Path, arguments: list[str]) -> None:
    (suite / "pytest.ini").write_text(INI if arguments else INI.replace("addopts =", "addopts = -x"))
    (suite / "test_a.py").write_text(
        "import asyncio\n\ndef test_closes_the_loop():\n    asyncio.run(asyncio.sleep(0))\n\n"
        "def test_current():\n    asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))\n\n"
        "def test_fails():\n    assert False\n\nasync def test_after(): ...\n"
    )
    done = _compare(suite, "--runs=1", "--format=json", *arguments)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [(side["tests"], side["runs"], side["isolated"]) for side in report["sides"]] == [(4, 1, 0), (4, 1, 1)]
    isolated = [test["on"]["isolated"]["isolated"] for test in report["tests"]]
    assert isolated == [False, False, False, True]


def test_what_workers_of_xdist_isolate_is_told(suite: Path) -> None:
    (suite / "test_a.py").write_text("async def test_isolated(): ...\n\ndef test_not(): ...\n")
    done = _compare(suite, "--runs=1", "--format=json", "--", "-n1")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [(side["tests"], side["isolated"]) for side in report["sides"]] == [(2, 0), (2, 1)]


def test_other_sides(suite: Path) -> None:
    sides = ["isolated-2", "spawn", "xdist"]
    against = [f"--against={side}" for side in sides]
    done = _compare(
        suite, "--runs=1", "--mode=all", *against, "--format=json", "--", "-k", "same or skipped or error or current"
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [side["name"] for side in report["sides"]] == ["in-process", *sides]
    kinds = {test["node_id"].rpartition("::")[2]: test["kind"] for test in report["tests"]}
    assert kinds == {
        "test_on_the_current_loop": "same",
        "test_same": "same",
        "test_skipped": "same",
        "test_error": "same",
    }
    for test in report["tests"]:
        assert list(test["on"]) == ["in-process", *sides]
        assert list(test["against"]) == sides
    assert len(done.stderr.splitlines()) == 4


def test_a_side_that_is_not_installed(suite: Path) -> None:
    done = _compare(suite, "--against=forked")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "isolated-async compare: forked cannot be run here: pytest_forked is not installed\n"


def test_one_order_for_both_sides_of_a_pair(suite: Path) -> None:
    (suite / "test_a.py").write_text(
        "import pytest\n\n@pytest.mark.parametrize('number', range(20))\nasync def test_a(number): ...\n"
    )
    done = _compare(suite, "--runs=2", "--random-order", "--record=records")
    assert done.returncode == 0, done.stderr
    orders = {path.name: _order(path) for path in (suite / "records").glob("*.jsonl")}
    assert orders["in-process-1.jsonl"] == orders["isolated-1.jsonl"]
    assert orders["in-process-2.jsonl"] == orders["isolated-2.jsonl"]
    assert orders["in-process-1.jsonl"] != orders["in-process-2.jsonl"]
    assert sorted(orders["in-process-1.jsonl"]) == sorted(orders["in-process-2.jsonl"])


def _order(path: Path) -> list[str]:
    return [line["test"] for each in path.read_text().splitlines() if "test" in (line := json.loads(each))]


def test_ctrl_c_reports_what_there_is_and_another_time_goes_on(suite: Path) -> None:
    (suite / "test_a.py").write_text(
        "import pathlib, time\n\ndef test_first():\n    pass\n\ndef test_slow():\n"
        "    if not pathlib.Path('fast').exists():\n        pathlib.Path('slow').touch()\n        time.sleep(60)\n"
    )
    (suite / "fast").touch()
    assert _compare(suite, "--runs=1", "--record=records").returncode == 0
    (suite / "fast").unlink()
    running = subprocess.Popen(
        _command("--runs=2", "--record=records", "--format=json"),
        cwd=suite,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + 60
    while not (suite / "slow").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)
    stdout, stderr = running.communicate(timeout=60)
    assert running.returncode == 130, stderr
    tests = {test["node_id"]: test for test in json.loads(stdout)["tests"]}
    assert sum(tests["test_a.py::test_slow"]["on"]["in-process"]["outcomes"].values()) == 1
    assert sum(tests["test_a.py::test_first"]["on"]["isolated"]["outcomes"].values()) == 2
    assert {test["kind"] for test in tests.values()} == {"same"}
    (suite / "fast").touch()
    before = (suite / "records" / "in-process-1.jsonl").stat().st_mtime_ns
    again = _compare(suite, "--runs=2", "--record=records", "--format=json")
    assert again.returncode == 0, again.stderr
    assert (suite / "records" / "in-process-1.jsonl").stat().st_mtime_ns == before
    assert {sum(test["on"]["in-process"]["outcomes"].values()) for test in json.loads(again.stdout)["tests"]} == {2}


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--runs=0"], 2, "argument --runs: '0': a whole number from 1 to 1000"),
        (["--against=nothing"], 2, "argument --against: invalid choice: 'nothing'"),
        (["--", "nowhere"], 3, "isolated-async compare: in-process: pytest exits with 4\n"),
        (["--", "-k", "nothing"], 3, "isolated-async compare: in-process: pytest finds no test\n"),
        (["--", "--no-such-option"], 3, "isolated-async compare: in-process: pytest exits with 4\n"),
        (["--record=pytest.ini"], 4, "isolated-async compare: pytest.ini: File exists\n"),
    ],
)
def test_what_cannot_be(suite: Path, arguments: list[str], status: int, says: str) -> None:
    done = _compare(suite, *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr


def test_a_part_that_does_not_collect(suite: Path) -> None:
    (suite / "test_b.py").write_text("raise ValueError\n")
    done = _compare(suite)
    assert done.returncode == 3
    assert "in-process: pytest exits with 2\n    not collected: test_b.py\n" in done.stderr


def test_a_report_that_cannot_be_written(suite: Path) -> None:
    done = _compare(suite, "--runs=1", "--output=nowhere/report", "--", "-k", "same")
    assert done.returncode == 4
    assert "No test ends otherwise." in done.stdout
    assert "isolated-async compare: nowhere/report: No such file or directory\n" in done.stderr


def test_a_record_that_cannot_be_written(suite: Path) -> None:
    (suite / "records" / "in-process-1.jsonl").mkdir(parents=True)
    done = _compare(suite, "--runs=1", "--record=records", "--", "-k", "same")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("isolated-async compare: records/in-process-1.jsonl: ")
    assert "Traceback" not in done.stderr
