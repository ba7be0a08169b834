"""pytest-html makes the rows of a test when it hears of the end of its teardown: a dead worker reports none."""

from __future__ import annotations

from typing import Any

import pytest


def end_test(item: pytest.Item, report: pytest.TestReport) -> None:
    """Have the rows made of a test whose worker is gone. (A teardown that has passed has no row.)"""
    if report.when == "teardown":
        return
    for plugin in item.config.pluginmanager.get_plugins():
        if type(plugin).__module__.startswith("pytest_html."):
            over = pytest.TestReport(item.nodeid, item.location, {}, "passed", None, "teardown")
            listener: Any = plugin
            listener.pytest_runtest_logreport(over)
