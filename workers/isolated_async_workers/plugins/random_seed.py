"""pytest-randomly with ``--randomly-dont-reset-seed``: a case starts with the seed of the run.

Python seeds ``random`` anew after every fork: what the run has seeded it with is gone, and each run would be another.
(Otherwise pytest-randomly seeds it before each stage, from the node id: that happens in the worker as well.)
"""

from __future__ import annotations

import sys
from typing import Any

import pytest

from .note import Note


def prepare(config: pytest.Config, note: Note) -> None:
    """Seed once a case begins."""
    if config.pluginmanager.has_plugin("randomly") and not config.getoption("randomly_reset_seed", True):
        config.pluginmanager.register(_Seeding(), "isolated-async-random-seed")


class _Seeding:
    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        plugin: Any = sys.modules["pytest_randomly"]
        plugin._reseed(item.config)
