"""Plugins for which a test is over when its teardown has been reported: a dead worker reports none.

pytest-html makes the rows of a test then, and pytest-sugar moves its progress bar.
"""

from __future__ import annotations

from typing import Any

import pytest

#: The packages of these plugins.
_WAITING = {"pytest_html", "pytest_sugar"}


def end_test(item: pytest.Item, report: pytest.TestReport) -> None:
    """Tell them, and nobody else, of a passed teardown, for which neither shows anything; ``report`` is the last."""
    if report.when == "teardown":
        return
    for plugin in item.config.pluginmanager.get_plugins():
        if type(plugin).__module__.partition(".")[0] in _WAITING:
            over = pytest.TestReport(item.nodeid, item.location, {}, "passed", None, "teardown")
            listener: Any = plugin
            listener.pytest_runtest_logreport(over)
