"""A pytest plugin that writes how every test ended, as JSON, to the file that ``OUTCOMES_FILE`` names.

It runs inside the suites, in interpreters that have neither this directory nor isolated-async on their path: it imports
nothing but pytest and the standard library. Every test says in which process it was set up, so that a comparison can
tell an isolated run from one that merely looks like it. Under xdist its workers are hosts; their controller writes.

::

    test process: pytest_runtest_setup --process--> report --> host: logreport --elsewhere?--> report
                                                                                                  |
                        JSON file <-- sessionfinish <-- logreport: the same host, or xdist's controller
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

_FILE_VARIABLE = "OUTCOMES_FILE"
#: The process in which a test was set up.
_PROCESS_PROPERTY = "outcomes-process"
#: Whether that was another one than the pytest, or the xdist worker, that has had the test to run.
_ELSEWHERE_PROPERTY = "outcomes-elsewhere"

#: The worst stage decides what a test's outcome is.
_SEVERITY = ("passed", "skipped", "xfailed", "xpassed", "failed", "error")


def pytest_configure(config: pytest.Config) -> None:
    path = os.environ.get(_FILE_VARIABLE)
    # A test of the suite may run pytest itself: that inner run must not write over the outer one's file.
    if path is not None and "PYTEST_CURRENT_TEST" not in os.environ:
        config.pluginmanager.register(_Recorder(Path(path)))


class _Recorder:
    """Keeps one record per test, in the order in which the tests began."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._host = os.getpid()
        self._times_seen: Counter[str] = Counter()
        self._outcomes: dict[str, str] = {}
        self._details: dict[str, str] = {}
        self._elsewhere: dict[str, None] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        item.user_properties.append((_PROCESS_PROPERTY, os.getpid()))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._times_seen[nodeid] += 1

    # First: xdist's worker sends the report on in this hook.
    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._say_where(report)
        name = self._name(report.nodeid)
        outcome = _outcome(report)
        known = self._outcomes.get(name)
        if known is None or _SEVERITY.index(outcome) > _SEVERITY.index(known):
            self._outcomes[name] = outcome
        if outcome in ("failed", "error"):
            self._details[name] = self._details.get(name, "") + f"[{report.when}]\n{report.longreprtext}\n"
        if dict(report.user_properties).get(_ELSEWHERE_PROPERTY):
            self._elsewhere[name] = None

    def _say_where(self, report: pytest.TestReport) -> None:
        """The first host that hears of a test knows: xdist's controller hears of what its workers have said."""
        properties = dict(report.user_properties)
        if os.getpid() == self._host and _PROCESS_PROPERTY in properties and _ELSEWHERE_PROPERTY not in properties:
            report.user_properties.append((_ELSEWHERE_PROPERTY, properties[_PROCESS_PROPERTY] != self._host))

    def _name(self, nodeid: str) -> str:
        """The node id; with ``--keep-duplicates`` the second test of that id is ``ID (2)``, and so on."""
        count = self._times_seen[nodeid]
        return nodeid if count < 2 else f"{nodeid} ({count})"

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if os.getpid() != self._host or hasattr(session.config, "workerinput"):
            return
        record = {
            "outcomes": self._outcomes,
            "details": self._details,
            "elsewhere": list(self._elsewhere),
        }
        self._path.write_text(json.dumps(record, indent=1), encoding="utf-8")


def _outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return {"skipped": "xfailed", "passed": "xpassed"}.get(report.outcome, "failed")
    if report.outcome == "failed" and report.when != "call":
        return "error"
    return report.outcome
