"""The node ids of ``--dist=loadgroup``: an xdist worker adds the group to them, and so must who collects for it."""

from __future__ import annotations

import importlib
from typing import Any

import pytest


def name_groups(config: pytest.Config) -> None:
    """In a zygote of an xdist worker, before it collects: do what xdist does there with the groups."""
    if getattr(config.option, "loadgroup", False):
        config.pluginmanager.register(_Groups(), "isolated-async-xdist-groups")


class _Groups:
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        interactor: Any = importlib.import_module("xdist.remote").WorkerInteractor
        interactor.pytest_collection_modifyitems(None, config, items)
