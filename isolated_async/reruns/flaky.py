"""flaky, in the host: its own counts, filters and report.

It has pytest's runner call a method of its own for each stage. It is given a runner that has workers do that, and for
each stage the same decision is made that its method makes: what will be run again is not told. Checked with 3.8.
"""

from __future__ import annotations

from typing import Any

import pytest

from .attempt import RunAttempt


class Flaky:
    """Drives the plugin's module."""

    def __init__(self, plugin: Any) -> None:
        self._plugin = plugin.PLUGIN

    def may_rerun(self, item: pytest.Item) -> bool:
        """True where a marker, a decorator or ``--force-flaky`` asks for it."""
        # What it does in the setup of a test: it takes over what the marker says. The test itself does not run here.
        self._plugin._copy_flaky_attributes(item, self._plugin._get_test_instance(item))
        self._plugin.pytest_runtest_setup(item)
        return bool(self._plugin.force_flaky or self._plugin._has_flaky_attributes(item))

    def run(self, item: pytest.Item, nextitem: pytest.Item | None, attempt: RunAttempt) -> bool:
        """Let the plugin's protocol run, with attempts that have a worker of their own."""
        original = self._plugin.runner
        self._plugin.runner = _Runner(self._plugin, attempt)
        try:
            return bool(self._plugin.pytest_runtest_protocol(item, nextitem))
        finally:
            self._plugin.runner = original


class _Runner:
    """What the plugin takes for pytest's runner."""

    def __init__(self, plugin: Any, attempt: RunAttempt) -> None:
        self._plugin = plugin
        self._attempt = attempt
        #: The plugin puts its own method here.
        self.call_and_report: object = None

    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for result in self._attempt(item):
            self._plugin._call_infos[item][result.report.when] = result.call
            if not self._will_run_again(item, result.report):
                item.ihook.pytest_runtest_logreport(report=result.report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def _will_run_again(self, item: pytest.Item, report: pytest.TestReport) -> bool:
        if report.when not in ("setup", "call"):
            return False
        if report.passed:
            return bool(self._plugin._should_handle_test_success(item))
        if report.failed:
            error, name = self._plugin._get_test_name_and_err(item, report.when)
            return bool(self._plugin._will_handle_test_error_or_failure(item, name, error))
        return False
