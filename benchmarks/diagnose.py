"""How long it takes to find the test that pollutes another one: ``isolated-async diagnose`` and detect-test-pollution.

::

    python -m benchmarks.diagnose                       # suites that are made: 200 and 2,000 tests, one polluter
    python -m benchmarks.diagnose --suite DIR --test NODE_ID -- arguments of pytest          # a suite that is there

Both have to be installed for the interpreter that runs this, or for ``--python``. They run in turn, whole commands,
each first once; a number is a median, with the range in brackets. Runs of pytest are counted where each begins.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_SIZES = (200, 2000)
_TESTS_A_FILE = 20
_PEER = "import detect_test_pollution; raise SystemExit(detect_test_pollution.main())"
_COUNTED = "DIAGNOSE_BENCHMARK_RUNS"
_COUNTING = f"""
import os

def pytest_configure(config):
    with open(os.environ["{_COUNTED}"], "a") as file:
        file.write("x")
"""


@dataclass
class Contender:
    """``command`` is what comes after the interpreter; what is measured is kept."""

    name: str
    command: list[str]
    culprit: str
    seconds: list[float] = field(default_factory=list)
    pytests: list[int] = field(default_factory=list)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that both are installed for")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--suite", type=Path, help="a directory with a suite, in place of those that are made")
    parser.add_argument("--test", help="there, the node id of the test that fails in company")
    parser.add_argument("--culprit", default="", help="there, a part of the node id of the test that is to be found")
    parser.add_argument("arguments", nargs="*", help="of pytest")
    options = parser.parse_args()
    print("| suite | | seconds | runs of pytest |\n| --- | --- | --- | --- |")
    if options.suite:
        _measure(options.suite.name, options.suite, options.test, options.culprit, options)
        return
    for size in _SIZES:
        with tempfile.TemporaryDirectory() as directory:
            culprit, victim = _write_suite(Path(directory), size)
            _measure(f"{size:,} tests", Path(directory), victim, culprit, options)


def _write_suite(directory: Path, size: int) -> tuple[str, str]:
    """The node ids of the polluter, after a third of the tests, and of its victim, the last one."""
    (directory / "pytest.ini").write_text("[pytest]\n")
    (directory / "state.py").write_text("SETTINGS = {}\n")
    polluter = size // 3
    for first in range(0, size, _TESTS_A_FILE):
        lines = ["import state\n"]
        for number in range(first, first + _TESTS_A_FILE):
            body = "state.SETTINGS['debug'] = True" if number == polluter else f"assert {number} + 1 == {number + 1}"
            if number == size - 1:
                body = "assert not state.SETTINGS"
            lines.append(f"def test_{number:04}():\n    {body}\n")
        (directory / f"test_{first // _TESTS_A_FILE:03}.py").write_text("\n".join(lines))
    return _node_id(polluter), _node_id(size - 1)


def _node_id(number: int) -> str:
    return f"test_{number // _TESTS_A_FILE:03}.py::test_{number:04}"


def _measure(title: str, directory: Path, victim: str, culprit: str, options: argparse.Namespace) -> None:
    arguments: Sequence[str] = options.arguments
    tests = " ".join(arguments) or "."
    diagnose = ["-m", "isolated_async", "diagnose", victim]
    contenders = [
        Contender(
            "detect-test-pollution",
            ["-c", _PEER, "--failing-test", victim, "--tests", tests],
            culprit,
        ),
        Contender("isolated-async diagnose", [*diagnose, "--", *arguments], culprit),
        Contender("isolated-async diagnose --runs 1", [*diagnose, "--runs", "1", "--", *arguments], culprit),
    ]
    with tempfile.TemporaryDirectory() as plugins:
        (Path(plugins) / "count_runs.py").write_text(_COUNTING)
        for number in range(options.rounds):
            turn = number % len(contenders)
            for contender in (*contenders[turn:], *contenders[:turn]):
                _run(contender, directory, Path(plugins), options.python)
    for contender in contenders:
        seconds, pytests = statistics.median(contender.seconds), statistics.median(contender.pytests)
        spread = f"{min(contender.seconds):.1f}-{max(contender.seconds):.1f}"
        print(f"| {title} | {contender.name} | {seconds:.1f} [{spread}] | {pytests:g} |", flush=True)


def _run(contender: Contender, directory: Path, plugins: Path, python: str) -> None:
    counted = plugins / "runs"
    counted.write_text("")
    environment = {**os.environ, _COUNTED: str(counted), "PYTHONPATH": str(plugins), "PYTEST_PLUGINS": "count_runs"}
    began = time.monotonic()
    done = subprocess.run(
        [python, *contender.command],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    contender.seconds.append(time.monotonic() - began)
    contender.pytests.append(len(counted.read_text()))
    if contender.culprit not in done.stdout:
        raise SystemExit(f"{contender.name} has not found {contender.culprit}:\n{done.stdout}\n{done.stderr}")


if __name__ == "__main__":
    main()
