"""A pytest session in a fresh interpreter, like the host's but for what only a host does."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn

import pytest

from .coverage_tap import start_coverage
from .import_probe import ImportProbe
from .plugins.xdist_groups import name_groups
from .pytest_private import collect, drop_hook, prepare_config, start_session
from .wire.messages import CollectSuite

#: The module that isolates tests, which a session here must not do.
_HOST_PLUGIN = "isolated_async.plugin"


class FreshSession:
    """Started, with plugins and initial conftests loaded; collects what it is told to."""

    def __init__(self, request: CollectSuite, plugin: object = None) -> None:
        os.chdir(request.directory)
        if request.coverage:
            start_coverage(request.coverage)
        self.config = prepare_config(request.arguments, plugin)
        vars(self.config.option).update(request.options)
        self._is_of_xdist = request.worker_input is not None
        self._xml_path = getattr(self.config.option, "xmlpath", None)
        _drop_what_only_a_host_does(self.config)
        if request.worker_input is not None:
            self.config.workerinput = request.worker_input  # type: ignore[attr-defined]
            self.config.workeroutput = {}  # type: ignore[attr-defined]
            name_groups(self.config)
        #: What was raised where tests were to be collected.
        self.problems: list[str] = []
        self.config.pluginmanager.register(_CollectionProblems(self.problems), "isolated-async-collection-problems")
        self._probe = ImportProbe(request.not_forked)
        if request.not_forked:
            self.config.pluginmanager.register(self._probe, "isolated-async-import-probe")
        self._session = start_session(self.config)

    @property
    def not_forked(self) -> dict[str, str]:
        """Modules that were left out, and which the host does not know yet; what their imports would leave."""
        return self._probe.found

    def collect(self, arguments: list[str] | None = None) -> pytest.Session:
        """Collect what these arguments name, or else what the host was asked to collect."""
        collect(self._session, arguments)
        if not self._is_of_xdist:
            # A test's properties are for that file: see plugins/junit_xml.py.
            self.config.option.xmlpath = self._xml_path
        return self._session


class _CollectionProblems:
    def __init__(self, problems: list[str]) -> None:
        self._problems = problems

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._problems.append(f"{report.nodeid}: {report.longreprtext}")


def inside_the_test_loop(session: pytest.Session, serve: Callable[[], NoReturn]) -> None:
    """Call ``serve`` where tests would run: within what plugins have around all of them."""

    class TestLoop:
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(self) -> None:
            serve()

    # Not a second host, by whatever name that plugin was loaded here.
    for plugin in session.config.pluginmanager.get_plugins():
        if getattr(plugin, "__name__", None) == _HOST_PLUGIN:
            drop_hook(session.config, "pytest_runtestloop", plugin)
    session.config.pluginmanager.register(TestLoop(), "isolated-async-test-loop")
    session.config.hook.pytest_runtestloop(session=session)


def _drop_what_only_a_host_does(config: pytest.Config) -> None:
    """Distribution, files that the host writes, and what it removes; an xdist worker clears such options too."""
    cleared: dict[str, object] = {
        "numprocesses": None,
        "dist": "no",
        "tx": [],
        "xmlpath": None,
        "report_log": None,
        "htmlpath": None,
        "clean_alluredir": False,
        "cacheclear": False,
    }
    for name, value in cleared.items():
        if hasattr(config.option, name):
            setattr(config.option, name, value)
