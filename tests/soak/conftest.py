"""Endurance takes minutes to hours: these tests run only where ``-m`` names them."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "soak" in config.option.markexpr:
        # Pytest's own -m decides.
        return
    unwanted = [item for item in items if item.get_closest_marker("soak") is not None]
    if unwanted:
        items[:] = [item for item in items if item.get_closest_marker("soak") is None]
        config.hook.pytest_deselected(items=unwanted)
