"""The pytest plugin that tells the doctor what a collected suite is made of; in a pytest of its own.

It writes one JSON file, whose name it has from the environment: the suite's own modules, which of them have tests, the
plugins with their versions, what is different with them, and why tests could not be collected.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..choice.options import read_settings
from ..choice.other_plugins import find_other_plugins
from ..choice.selection import Selection
from ..plugins.differences import describe_differences

#: The environment variable with the name of the file to write.
FILE = "ISOLATED_ASYNC_DOCTOR_FILE"
#: Directories below the root directory that hold code of others.
_OF_OTHERS = {"site-packages", "dist-packages", "node_modules"}


class CollectionNotes:
    """Gathers while pytest collects."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._errors: list[str] = []
        self._differences: list[str] = []
        self._counts = {"tests": 0, "isolated": 0}
        self._with_tests: set[str] = set()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._errors.append(f"{report.nodeid}: {_last_line(report.longreprtext)}")

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        # A doctest is no function: its file may be any.
        if isinstance(item, pytest.Function) and isinstance(file := getattr(item.module, "__file__", None), str):
            self._with_tests.add(file)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        settings = read_settings(session.config)
        selection = Selection(session.items, settings, find_other_plugins(session.config))
        self._differences = list(describe_differences(session.config, selection, settings))
        self._counts = {"tests": len(session.items), "isolated": len(selection.isolated)}

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        notes = {
            **self._counts,
            "modules": dict(_own_modules(session.config.rootpath)),
            "with_tests": sorted(self._with_tests),
            "plugins": dict(sorted(_plugins(session.config))),
            "differences": self._differences,
            "errors": self._errors,
        }
        Path(self._path).write_text(json.dumps(notes))


def pytest_configure(config: pytest.Config) -> None:
    if path := os.environ.pop(FILE, ""):
        config.pluginmanager.register(CollectionNotes(path), "isolated-async-doctor")


def _own_modules(root: Path) -> Iterator[tuple[str, str]]:
    """The modules that are loaded now and stand below the root directory, but for what is installed there."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not file.endswith(".py"):
            continue
        path = Path(file)
        below = path.relative_to(root).parts if path.is_relative_to(root) else ()
        if below and not _OF_OTHERS & set(below):
            yield name, file


def _plugins(config: pytest.Config) -> Iterator[tuple[str, str]]:
    for _, distribution in config.pluginmanager.list_plugin_distinfo():
        yield distribution.project_name, distribution.version


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason was told"
