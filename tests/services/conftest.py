"""Real servers in shared fixtures. Those of Debian's packages run only where ``-m`` names them (scripts/services)."""

from __future__ import annotations

import pytest

from ..behaviour.conftest import any_suite, suite

__all__ = ["any_suite", "suite"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "services" in config.option.markexpr:
        # Pytest's own -m decides.
        return
    unwanted = [item for item in items if item.get_closest_marker("services") is not None]
    if unwanted:
        items[:] = [item for item in items if item.get_closest_marker("services") is None]
        config.hook.pytest_deselected(items=unwanted)
