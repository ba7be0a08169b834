"""The pytest plugin that records a run for a comparison, in the pytest of that run.

One line of JSON for each test, written when its end is told: what was recorded is there, however the run ends.
"""

from __future__ import annotations

import json
import os
import random
from typing import Any, TextIO

import pytest

from isolated_async_workers.wire.section_titles import IN_PROCESS
from isolated_async_workers.wire.system import peak_rss_bytes
from isolated_async_workers.wire.test_outcomes import outcome_of, why_failed

from ..choice.selection import isolated_node_ids

#: The attribute of a report by which its mark goes through xdist.
_IS_ISOLATED = "isolated_async_is_isolated"
#: Environment variables: the file to write, and the seed of the order; without a seed it is the suite's own.
FILE, SEED = "ISOLATED_ASYNC_COMPARE_FILE", "ISOLATED_ASYNC_COMPARE_SEED"


class Recording:
    """Writes what each report says, summed up for each test."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._stages: dict[str, list[pytest.TestReport]] = {}

    def begin(self, config: pytest.Config) -> None:
        """What a command that names one of these tests needs to know."""
        self._write(root=str(config.rootpath), chosen=list(config.option.file_or_dir or []))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._write(collected=len(session.items))

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if type(report) is pytest.TestReport:  # A subtest is told with its test.
            self._stages.setdefault(report.nodeid, []).append(report)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        if reports := self._stages.pop(nodeid, None):
            self._write(
                test=nodeid,
                outcome=outcome_of(reports),
                began=min(report.start for report in reports),
                ended=max(report.stop for report in reports),
                seconds=sum(report.duration for report in reports),
                green=any(name == IN_PROCESS for report in reports for name, _ in report.sections),
                why=why_failed(reports),
                isolated=any(getattr(report, _IS_ISOLATED, False) for report in reports),
            )

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self._write(exit_status=int(exitstatus), peak_bytes=peak_rss_bytes())

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(not_collected=report.nodeid)

    def _write(self, **line: Any) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


class Marking:
    """Marks the reports of tests that are isolated, where that is done: in workers of xdist, too."""

    def __init__(self) -> None:
        self._isolated: frozenset[str] = frozenset()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        self._isolated = isolated_node_ids(session.config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.nodeid in self._isolated:
            setattr(report, _IS_ISOLATED, True)


class Shuffle:
    """One order for both sides of a pair of runs."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        random.Random(self._seed).shuffle(items)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if seed := os.environ.get(SEED, ""):
        config.pluginmanager.register(Shuffle(seed), "isolated-async-shuffle")
    config.pluginmanager.register(Marking(), "isolated-async-marking")
    # Workers of xdist report to the process that started them.
    if not hasattr(config, "workerinput") and (path := os.environ.get(FILE, "")):
        # Kept open for the whole run.
        recording = Recording(open(path, "a", encoding="utf-8"))  # noqa: SIM115
        recording.begin(config)
        config.pluginmanager.register(recording, "isolated-async-recording")
