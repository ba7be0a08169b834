"""One suite of trivial async tests, run by one contender after another, each in an environment of its own.

::

    write suite --> build environments --> check every contender --> rounds: A B C ..., A B C ..., ...
                                           (also the warm-up)        (whole commands, wall and wait4)
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import venv
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PROJECT = Path(__file__).resolve().parent.parent
MODULES = 10
KIB_PER_MIB = 1024
_SUMMARY = re.compile(r"^(?P<tests>\d+) (passed|tests? collected)\b.* in ", re.MULTILINE)

Kind = Literal["collects", "in process", "isolates"]


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with the newest releases that ``requirements`` allow."""

    name: str
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to run the suite.

    Attributes:
        kind: collects without running anything; runs in one process; or gives every test a process of its own.
    """

    name: str
    environment: Environment
    options: tuple[str, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Sample:
    """One timed command.

    Attributes:
        cpu_s: user and system time of the command and of every process that it started and waited for.
        peak_rss_mib: of its largest single process.
    """

    wall_s: float
    cpu_s: float
    peak_rss_mib: float


Samples = dict[str, list[Sample]]

_INI = """\
[pytest]
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
"""

_MODULE_HEAD = """\
import asyncio

import pytest


@pytest.fixture
def value():
    return 1
"""

_TEST = """

@pytest.mark.asyncio
async def test_{number}(value):
    await asyncio.sleep(0)
    assert value == 1
"""

# Loaded for the check alone: the timed commands do not pay for it.
_RECORD_PROCESS = """\
import os


def pytest_runtest_call(item):
    item.user_properties.append(("process", os.getpid()))
"""


def write_suite(directory: Path, tests: int) -> None:
    """Write ``tests`` tests, dealt to ``MODULES`` modules (fewer if there are fewer tests)."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "pytest.ini").write_text(_INI)
    (directory / "record_process.py").write_text(_RECORD_PROCESS)
    modules = min(MODULES, tests)
    for module in range(modules):
        functions = (_TEST.format(number=number) for number in range(module, tests, modules))
        (directory / f"test_module_{module}.py").write_text(_MODULE_HEAD + "".join(functions))


class Bench:
    """The suite and the environments of one comparison, in ``directory``."""

    def __init__(self, directory: Path, tests: int, contenders: tuple[Contender, ...]) -> None:
        self.tests = tests
        self.contenders = contenders
        self._directory = directory
        self._suite = directory / f"suite-{tests}"
        # A caller's PYTEST_ADDOPTS, PYTHONPATH and the like would measure something else.
        self._variables = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYTHON"))}

    def write_plugin(self, name: str, source: str) -> None:
        """Write a plugin that contenders load by ``-p name``."""
        self._suite.mkdir(parents=True, exist_ok=True)
        (self._suite / f"{name}.py").write_text(source)

    def prepare(self) -> dict[str, str]:
        """Write the suite and build the environments; returns what is installed in each."""
        write_suite(self._suite, self.tests)
        environments = dict.fromkeys(contender.environment for contender in self.contenders)
        return {environment.name: self._build(environment) for environment in environments}

    def _build(self, environment: Environment) -> str:
        venv.create(self._directory / environment.name, clear=True, with_pip=True)
        pip = [self._python(environment), "-m", "pip"]
        subprocess.run([*pip, "install", "--quiet", *environment.requirements], check=True, env=self._variables)
        listing = [*pip, "list", "--format=json", "--exclude=pip"]
        packages = json.loads(subprocess.run(listing, check=True, env=self._variables, stdout=subprocess.PIPE).stdout)
        return ", ".join(f"{package['name']} {package['version']}" for package in packages)

    def check(self, contender: Contender) -> None:
        """Run once, untimed, and see in how many processes the tests ran.

        Raises:
            SystemExit: not as many as this contender promises, or a test did not pass.
        """
        junit = self._suite / "junit.xml"
        self.run(contender, ("-p", "record_process", f"--junit-xml={junit}"))
        processes = [entry.get("value") for entry in ElementTree.parse(junit).iter("property")]
        found = (len(processes), len(set(processes)))
        of_kind = {"collects": (0, 0), "in process": (self.tests, 1), "isolates": (self.tests, self.tests)}
        if found != of_kind[contender.kind]:
            raise SystemExit(f"{contender.name}: tests and processes are {found}, not {of_kind[contender.kind]}")

    def run(self, contender: Contender, more_options: tuple[str, ...] = ()) -> Sample:
        """Run the suite once and time the whole command.

        Raises:
            SystemExit: the command failed, or did not report that every test passed (or was collected).
        """
        command = [self._python(contender.environment), "-m", "pytest", "-q", *contender.options, *more_options]
        with tempfile.TemporaryFile("w+") as output:
            started = time.perf_counter()
            process = subprocess.Popen(
                command,
                cwd=self._suite,
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            text = output.read()
        summary = _SUMMARY.search(text)
        if process.returncode != 0 or summary is None or int(summary["tests"]) != self.tests:
            raise SystemExit(f"{contender.name}: not {self.tests} tests passed, or it failed otherwise:\n{text}")
        return Sample(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / KIB_PER_MIB)

    def _python(self, environment: Environment) -> str:
        return str(self._directory / environment.name / "bin" / "python")


def run_rounds(bench: Bench, rounds: int) -> tuple[dict[str, object], Samples]:
    """Run everything; returns what describes the measurement, printed as well, and its samples."""
    data: dict[str, object] = {
        "measured": f"{datetime.date.today()}, commit {revision()}, {bench.tests} tests, {rounds} rounds",
        "machine": describe_machine(),
        **bench.prepare(),
    }
    for contender in bench.contenders:
        bench.check(contender)
    samples: Samples = {contender.name: [] for contender in bench.contenders}
    load = os.getloadavg()[0]
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
        for contender in bench.contenders:
            samples[contender.name].append(bench.run(contender))
    data["load"] = f"{load:.1f} before the rounds, {os.getloadavg()[0]:.1f} after"
    for what, value in data.items():
        print(f"- {what}: {value}.")
    return data, samples


def median_ratio(samples: Samples, name: str, other: str) -> float:
    """The median over the rounds of how many times as long ``name`` took as ``other`` in the same round."""
    pairs = zip(samples[name], samples[other], strict=True)
    return statistics.median(mine.wall_s / theirs.wall_s for mine, theirs in pairs)


def describe_machine() -> str:
    """One line: system, cores that this process may use, Python."""
    return (
        f"{platform.system()} {platform.release()} {platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def revision() -> str:
    """The commit that is measured, marked if the checkout differs from it; unknown outside a checkout."""
    command = ["git", "-C", str(PROJECT), "describe", "--always", "--dirty"]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.strip() or "unknown"
