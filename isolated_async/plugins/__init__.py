"""Ordinary pytest plugins in the host: what the worker's copy of one has noted, its copy here gets.

::

    worker: plugins/<name>.py --PluginNoted--> replay --> plugins/<name>.py --> the plugin's object in this process

A module here and one of the same name on the worker side make one plugin work that keeps data in the process in which a
test runs. Their data is plain, and is checked here: nothing is unpickled or imported because a worker says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from . import allure_results, benchmark_stats, junit_xml, missing_teardown, syrupy_session, xdist_output
from .note import BadNote

_Take = Callable[[pytest.Item, dict[str, Any]], None]


class PluginsHere:
    """The plugins of one session."""

    def __init__(self, config: pytest.Config) -> None:
        self._allure = allure_results.AllureResults(config)
        self._take: dict[str, _Take] = {
            "allure_results": self._allure.take,
            "benchmark_stats": benchmark_stats.take,
            "junit_xml": junit_xml.JunitXml(config).take,
            "syrupy_session": syrupy_session.SyrupySession(config).take,
            "xdist_output": xdist_output.take,
        }

    def take(self, plugin: str, item: pytest.Item, note: dict[str, Any]) -> None:
        """Give ``note`` about ``item`` to ``plugin``.

        Raises:
            BadNote: there is no such plugin, or the note is none that its other half writes.
        """
        take = self._take.get(plugin)
        if take is None:
            raise BadNote(f"no plugin is called {plugin!r}; known are {', '.join(self._take)}")
        take(item, note)

    def end_stage(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """The host has its own verdict on a stage that was broken off: ``report``."""
        self._allure.end_stage(item, report)

    def end_test(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """The worker of the test is gone, and this is the last report of it."""
        self._allure.end_test(item, report)
        missing_teardown.end_test(item, report)
