"""pytest-rerunfailures, in the host: its own loop over attempts, its own decisions.

It calls pytest's ``runtestprotocol`` by a name in its module, and learns what a stage raised from a wrapper of
``pytest_runtest_makereport``: at these two places it is given what a worker has done. Checked with 16.7, and by
hand with 15.1 and 16.0.
"""

from __future__ import annotations

from typing import Any

import pluggy
import pytest

from .attempt import RunAttempt, StageResult


class RerunFailures:
    """Drives the plugin's module."""

    def __init__(self, plugin: Any) -> None:
        self._plugin = plugin
        # Its wrapper alone, around a report that exists: that of everybody else has run in the worker.
        self._making = pluggy.PluginManager("pytest")
        self._making.add_hookspecs(_MakeReport)
        self._result: StageResult | None = None
        self._making.register(self)
        self._making.register(_OnlyMakeReport(plugin.pytest_runtest_makereport))

    def may_rerun(self, item: pytest.Item) -> bool:
        """True where the command line, the ini file or a marker speaks of reruns, be it with 0."""
        return self._plugin.get_reruns_count(item) is not None

    def run(self, item: pytest.Item, nextitem: pytest.Item | None, attempt: RunAttempt) -> bool:
        """Let the plugin's protocol run, each attempt in a worker of its own; False if it does not want to."""

        def runtestprotocol(item: pytest.Item, **_: object) -> list[pytest.TestReport]:
            return [self._made(item, result) for result in attempt(item)]

        original = self._plugin.runtestprotocol
        self._plugin.runtestprotocol = runtestprotocol
        try:
            return bool(self._plugin.pytest_runtest_protocol(item, nextitem))
        finally:
            self._plugin.runtestprotocol = original

    def _made(self, item: pytest.Item, result: StageResult) -> pytest.TestReport:
        self._result = result
        return self._making.hook.pytest_runtest_makereport(item=item, call=result.call)  # type: ignore[no-any-return]

    @pluggy.HookimplMarker("pytest")
    def pytest_runtest_makereport(self) -> pytest.TestReport:
        assert self._result is not None
        return self._result.report


class _MakeReport:
    @pluggy.HookspecMarker("pytest")(firstresult=True)
    def pytest_runtest_makereport(self, item: object, call: object) -> None: ...


class _OnlyMakeReport:
    """A plugin with that one hook of another's, and its options."""

    def __init__(self, implementation: Any) -> None:
        self.pytest_runtest_makereport = implementation
