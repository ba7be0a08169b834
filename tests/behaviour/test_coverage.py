"""Coverage of what runs in workers: the same lines, branches and contexts as in process, and no file left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from ..inner_pytest import ON_REQUEST
from ..variants import by_default
from .conftest import Suite

LIBRARY = """\
import os, threading

def sort(number):
    if number > 1:
        return "large"
    elif number < -5:
        return "small"
    return "none"

async def count(numbers):
    for number in range(numbers):
        pass
    return numbers

def in_thread():
    threading.Thread(target=count_slowly).start()

def count_slowly():
    return sum(each for each in range(3))

def abort():
    before = 1
    os.abort()

def leave():
    before = 1
    os._exit(0)

def hang():
    before = 1
    while True:
        pass

def crash():
    import ctypes
    ctypes.string_at(0)

def never():
    return 1
"""

TESTS = """
import asyncio
import pytest
import library

@pytest.fixture
async def around():
    library.sort(2)
    yield
    library.in_thread()

async def test_first(around):
    assert await library.count(2) == 2

async def test_second():
    assert library.sort(0) == "none"

def test_third():
    assert library.sort(-9) == "small"

@pytest.mark.no_cover
def test_not_covered():
    library.never()
"""

BROKEN = """
import library

async def test_leaves():
    library.leave()

async def test_hangs():
    library.hang()

async def test_aborts():
    library.abort()

async def test_crashes(around):
    library.crash()
"""

AROUND = """
import pytest
import library

@pytest.fixture
def around():
    library.sort(2)
"""

#: A plugin of coverage that measures a file in its own way, as those for templates and for Cython do.
FILE_TRACER = """
import coverage

class Tracer(coverage.FileTracer):
    def __init__(self, file):
        self.file = file

    def source_filename(self):
        return self.file

class Reporter(coverage.FileReporter):
    def lines(self):
        return {2, 4, 5, 6}

class Plugin(coverage.CoveragePlugin):
    def file_tracer(self, file):
        return Tracer(file) if file.endswith("traced.py") else None

    def file_reporter(self, file):
        return Reporter(file)

def coverage_init(registry, options):
    registry.add_file_tracer(Plugin())
"""


def _measured(suite: Suite) -> dict[str, Any]:
    """What coverage has measured: executed lines and branches, with the contexts of each line."""
    files = sorted(path.name for path in suite.path.glob(".coverage*"))
    assert files == [".coverage"]
    command = [sys.executable, "-m", "coverage", "json", "-q", "--show-contexts", "-o", "measured.json"]
    subprocess.run(command, cwd=suite.path, check=True)
    measured = json.loads((suite.path / "measured.json").read_text())
    (suite.path / ".coverage").unlink()
    return {
        name: {
            "lines": found["executed_lines"],
            "branches": sorted(found.get("executed_branches", [])),
            "contexts": {line: sorted(contexts) for line, contexts in found["contexts"].items()},
        }
        for name, found in measured["files"].items()
    }


@pytest.mark.parametrize("kind", [["--cov-branch", "--cov-context=test"], []], ids=["branches_and_contexts", "lines"])
def test_pytest_cov_measures_the_same(any_suite: Suite, kind: list[str]) -> None:
    any_suite.ini("asyncio_mode = auto")
    any_suite.write(library=LIBRARY, test_a=TESTS)
    arguments = ["--cov=library", "--cov=test_a", "--cov-report=term-missing", "--cov-fail-under=50", *kind]
    in_process = any_suite.run_in_process(*arguments)
    assert in_process.outcomes == {"passed": 4}, in_process.stdout
    expected = _measured(any_suite)
    assert len(expected["library.py"]["lines"]) == 20
    for workers in ("1", "2"):
        run = any_suite.run("--isolated-loop-mode=all", f"--isolated-loop-workers={workers}", *arguments)
        assert run.outcomes == {"passed": 4}
        assert _measured(any_suite) == expected
        assert _coverage_table(run.stdout) == _coverage_table(in_process.stdout)
    assert any_suite.run("--isolated-loop-mode=all", "--cov=.", "--cov-fail-under=99").result.ret == 1


def test_what_a_killed_worker_has_measured_is_kept(suite: Suite) -> None:
    suite.write(conftest=AROUND, library=LIBRARY, test_a=BROKEN)
    run = suite.run("--isolated-loop", "--isolated-loop-timeout=0.5", "--cov=library", "--cov-report=")
    assert run.outcomes == {"failed": 4}, run.stdout
    lines = set(_measured(suite)["library.py"]["lines"])
    by_function = {
        name: {LIBRARY.splitlines().index(f"def {name}():") + 1 + offset for offset in (1, 2)}
        for name in ("leave", "hang", "abort", "crash", "never")
    }
    # The setup of the test that crashes: its call is lost with the process.
    by_function["sort"] = {LIBRARY.splitlines().index("def sort(number):") + 1 + offset for offset in (1, 2)}
    for name in ("leave", "hang", "abort", "sort"):
        assert by_function[name] <= lines, name
    for name in ("crash", "never"):
        assert not by_function[name] & lines, name


def test_what_a_plugin_of_coverage_measures(any_suite: Suite) -> None:
    any_suite.ini("asyncio_mode = auto", "[coverage:run]", "plugins = file_tracer", "branch = true")
    any_suite.write(
        file_tracer=FILE_TRACER,
        traced="def sort(number):\n    if number:\n        return 1\n    return 0\n",
        test_a="import traced\n\nasync def test_a():\n    assert traced.sort(0) == 0\n",
    )
    found = []
    for mode in ("off", "all"):
        run = any_suite.run("--cov=.", "--cov-report=", f"--isolated-loop-mode={mode}")
        assert run.outcomes == {"passed": 1}, run.stdout
        found.append(_measured(any_suite))
    in_process, isolated = found
    assert 4 in in_process["traced.py"]["lines"]
    assert isolated == in_process


@pytest.mark.parametrize("way", by_default(["run", "run_fresh", "xdist"], "run", "xdist"))
def test_coverage_measures_the_same(suite: Suite, way: str) -> None:
    suite.ini("asyncio_mode = auto")
    suite.write(library=LIBRARY, test_a=TESTS.replace("@pytest.mark.no_cover", ""))
    found = []
    for mode in ("off", "all"):
        if way == "xdist":
            run = suite.run("-n", "2", "--cov=.", "--cov-branch", "--cov-report=", f"--isolated-loop-mode={mode}")
            assert run.outcomes == {"passed": 4}, run.stdout
        else:
            second = ["-p", "second_thread"] if way == "run_fresh" else []
            pytest_run = ["-m", "pytest", "-p", "no:pytest_cov", *ON_REQUEST, *second, f"--isolated-loop-mode={mode}"]
            command = [sys.executable, "-m", "coverage", "run", "--branch", "--source=.", *pytest_run]
            environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
            subprocess.run(command, cwd=suite.path, env=environment, check=True, stdout=subprocess.DEVNULL)
        found.append(_measured(suite))
    in_process, isolated = found
    assert len(in_process["library.py"]["branches"]) == 6
    assert isolated == in_process


def _coverage_table(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith(("library.py", "test_a.py", "TOTAL", "Required"))]
