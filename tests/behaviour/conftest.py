"""How behaviour tests run pytest: always in a process of its own, and with either kind of zygote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..inner_pytest import COSTLY, NONE_OF_THEM, OF_THE_OUTER_RUN, ON_REQUEST, without_costly_plugins
from ..start_method import is_as_on_windows, start_arguments
from .other_systems import WINDOWS

#: Loaded into the host by ``-p``: logs every report that the host's hooks see.
REPORT_LOG = """
import json, os

LOG = os.path.join(os.getcwd(), "reports.jsonl")

def pytest_configure(config):
    if "REPORT_LOG_PID" not in os.environ:
        os.environ["REPORT_LOG_PID"] = str(os.getpid())

def pytest_runtest_logreport(report):
    if os.environ["REPORT_LOG_PID"] != str(os.getpid()):
        return
    with open(LOG, "a") as log:
        log.write(json.dumps({
            "nodeid": str(report.nodeid),
            "when": report.when,
            "outcome": report.outcome,
            "wasxfail": getattr(report, "wasxfail", None),
            "text": report.longreprtext,
            "sections": report.sections,
            "user_properties": report.user_properties,
            "location": report.location,
            "type": type(report).__name__,
        }, default=repr) + "\\n")
"""

#: Loaded into the host by ``-p``: gives it a second thread, so that it must not be forked. A fresh zygote, which
#: loads the same plugins, stays single-threaded.
SECOND_THREAD = """
import os, threading

def pytest_configure():
    if os.environ.setdefault("SECOND_THREAD_PID", str(os.getpid())) == str(os.getpid()):
        threading.Thread(target=threading.Event().wait, name="background", daemon=True).start()
"""

ZYGOTES = ("forked", "fresh")

#: Seconds after which a run is taken to hang: many times what one takes on a busy machine.
LONGEST_RUN_S = 180


@dataclass
class Run:
    """One finished run of pytest."""

    result: pytest.RunResult
    reports: list[dict[str, Any]]

    @property
    def outcomes(self) -> dict[str, int]:
        return self.result.parseoutcomes()

    @property
    def stdout(self) -> str:
        return self.result.stdout.str()

    @property
    def stderr(self) -> str:
        return self.result.stderr.str()

    def outcome_of(self, node_id_end: str) -> dict[str, str]:
        """Stage -> outcome of the one test whose node id ends so."""
        return {each["when"]: each["outcome"] for each in self.reports if each["nodeid"].endswith(node_id_end)}

    def text_of(self, node_id_end: str) -> str:
        """Everything that the reports of this test say."""
        return "\n".join(
            "\n".join([each["text"], *(f"{title}\n{text}" for title, text in each["sections"])])
            for each in self.reports
            if each["nodeid"].endswith(node_id_end)
        )


class Suite:
    """A small suite in a directory of its own, and how it is run."""

    def __init__(self, pytester: pytest.Pytester, zygote: str) -> None:
        self._pytester = pytester
        self.zygote = zygote
        self.path: Path = pytester.path
        pytester.makepyfile(report_log=REPORT_LOG, second_thread=SECOND_THREAD)
        pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
        if is_as_on_windows():
            pytester.makepyfile(sitecustomize=WINDOWS)

    def write(self, **files: str) -> None:
        """Write modules: ``write(test_a="...", conftest="...")``."""
        self._pytester.makepyfile(**files)

    def ini(self, *lines: str) -> None:
        """Replace the ini file."""
        self._pytester.makeini("\n".join(["[pytest]", "asyncio_default_fixture_loop_scope = function", *lines]))

    def run(self, *arguments: str, timeout: float = LONGEST_RUN_S) -> Run:
        """Run pytest here, as a user would."""
        log = self.path / "reports.jsonl"
        log.unlink(missing_ok=True)
        result = self._pytester.runpytest_subprocess(*self.plugins(arguments), *arguments, timeout=timeout)
        lines = log.read_text().splitlines() if log.exists() else []
        return Run(result, [json.loads(line) for line in lines])

    def run_here(self, *arguments: str) -> Run:
        """Run pytest in this very process: for runs that end before their first test, of which there are many."""
        without = [each for plugin in (*COSTLY, "asyncio", "timeout") for each in ("-p", f"no:{plugin}")]
        return Run(self._pytester.runpytest_inprocess(*ON_REQUEST, *without, *arguments), [])

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start pytest here and do not wait for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *self.plugins(arguments), *arguments],
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(self.path)},
            text=True,
        )

    def plugins(self, arguments: tuple[str, ...]) -> list[str]:
        """The arguments that load what this suite and these arguments speak of, and nothing else."""
        words = " ".join([*(path.read_text() for path in self.path.glob("**/*.py")), *arguments])
        plugins = [*ON_REQUEST, "-p", "report_log", *(("-p", "second_thread") if self.zygote == "fresh" else ())]
        return plugins + without_costly_plugins(words) + start_arguments()

    def run_script(self, path: Path, *import_from: Path) -> subprocess.CompletedProcess[str]:
        """Run a Python script here, with nothing on its path but its own directory and ``import_from``."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, import_from))}
        environment["PYTEST_ADDOPTS"] = " ".join([environment.get("PYTEST_ADDOPTS", ""), *NONE_OF_THEM])
        return subprocess.run(
            [sys.executable, str(path)],
            cwd=self.path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_RUN_S,
        )

    def run_in_process(self, *arguments: str) -> Run:
        """The same without any isolation."""
        return self.run(*arguments, "--isolated-loop-mode=off")


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """A suite whose workers come from a zygote that was forked from the host."""
    return _suite(pytester, monkeypatch, "forked")


@pytest.fixture(params=ZYGOTES)
def any_suite(request: pytest.FixtureRequest, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """The same test body with either kind of zygote."""
    return _suite(pytester, monkeypatch, request.param)


def _suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, zygote: str) -> Suite:
    for name in OF_THE_OUTER_RUN:
        monkeypatch.delenv(name, raising=False)
    return Suite(pytester, zygote)


_VARYING = (
    (re.compile(r"^isolated-loop: .*\n(    .*\n)*", re.MULTILINE), ""),
    (re.compile(r"\d+\.\d\ds( \(\d:\d\d:\d\d\))?"), "0.00s"),
    (re.compile(r"0x[0-9a-f]+"), "0x0"),
    (re.compile(r"/case\d+/"), "/"),
    (re.compile(r"pytest-\d+"), "pytest-N"),
    (re.compile(r"=+( [^=\n]+ )=+"), r"==\1=="),
)


def normalised(text: str) -> str:
    """Terminal output without what differs from run to run: times, addresses, temporary directories."""
    for pattern, replacement in _VARYING:
        text = pattern.sub(replacement, text)
    return text
