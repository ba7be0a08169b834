"""What measures coverage in this process, and how an interpreter that collects for itself does the same."""

from __future__ import annotations

import sys
from typing import Any

import pytest


def how_to_measure(config: pytest.Config) -> tuple[list[str], str]:
    """For an interpreter that collects for itself: further pytest arguments, and settings of coverage, if any."""
    if config.pluginmanager.has_plugin("_cov"):
        return ["--cov-append"], ""  # Else it would begin with deleting what was measured here.
    current = current_coverage()
    # Coverage can tell its settings since 7.9.
    serialize = getattr(getattr(current, "config", None), "serialize", None)
    return [], "" if serialize is None else serialize()


def current_coverage() -> Any:
    """The Coverage object that measures this process, or None."""
    module = sys.modules.get("coverage")
    return None if module is None else module.Coverage.current()
