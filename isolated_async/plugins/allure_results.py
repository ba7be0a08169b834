"""allure-pytest's results of isolated tests: what the worker has gathered, under the verdict of the host.

::

    listener here: schedules a result --+-- the worker's result came: that one is written in its place
                                        `-- the worker has died: filled in from the host's report, and written
"""

from __future__ import annotations

import sys
from typing import Any

import pytest

from .note import field


class AllureResults:
    """The results of one session."""

    def __init__(self, config: pytest.Config) -> None:
        self._listener: Any = config.pluginmanager.get_plugin("allure_listener")
        self._verdicts: dict[pytest.Item, pytest.TestReport] = {}

    def take(self, item: pytest.Item, note: dict[str, Any]) -> None:
        """Write the worker's result of the test."""
        if self._listener is None:
            return
        data = field(note, "result", dict)
        verdict = self._verdicts.pop(item, None)
        if verdict is not None:
            data |= {"status": _status(verdict), "statusDetails": _details(verdict)}
        uuid = self._listener._cache.pop(item.nodeid)
        if uuid:
            self._listener.allure_logger.drop_test(uuid)
        make: Any = sys.modules["allure_commons.model2"].TestResult
        manager: Any = sys.modules["allure_commons"].plugin_manager
        manager.hook.report_result(result=make(**data))

    def end_stage(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """The host's verdict on a stage that was broken off; the worker's result follows."""
        if self._listener is not None:
            self._verdicts[item] = report

    def end_test(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """The host's verdict on a test whose worker is gone; the listener writes the result when the test is over."""
        if self._listener is None:
            return
        uuid = self._listener._cache.get(item.nodeid)
        if not uuid:
            return
        for hook in (self._listener.pytest_runtest_setup, self._listener.pytest_runtest_teardown):
            # What the listener does after such a hook: names, parameters, labels, links.
            steps = hook(item)
            next(steps)
            next(steps, None)
        result = self._listener.allure_logger.get_test(uuid)
        result.status = _status(report)
        result.statusDetails = sys.modules["allure_commons.model2"].StatusDetails(**_details(report))
        text: Any = sys.modules["allure_commons.types"].AttachmentType.TEXT
        for name, output in (("stdout", report.capstdout), ("stderr", report.capstderr)):
            if output and item.config.option.attach_capture:
                self._listener.attach_data(output, name, text, None)


def _status(report: pytest.TestReport) -> str:
    # "failed" is for assertions.
    return "skipped" if report.skipped else "broken"


def _details(report: pytest.TestReport) -> dict[str, str]:
    crash = getattr(report.longrepr, "reprcrash", None)
    message = report.longreprtext.partition("\n")[0] if crash is None else crash.message
    if hasattr(report, "wasxfail"):
        message = f"XFAIL {report.wasxfail}\n\n{message}" if report.wasxfail else f"XFAIL\n\n{message}"
    return {"message": message, "trace": report.longreprtext}
