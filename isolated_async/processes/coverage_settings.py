"""How an interpreter that collects for itself measures coverage as this process does."""

from __future__ import annotations

import pytest

from isolated_async_workers.wire.current_coverage import current_coverage


def how_to_measure(config: pytest.Config) -> tuple[list[str], str]:
    """For an interpreter that collects for itself: further pytest arguments, and settings of coverage, if any."""
    if config.pluginmanager.has_plugin("_cov"):
        return ["--cov-append"], ""  # Else it would begin with deleting what was measured here.
    current = current_coverage()
    # Coverage can tell its settings since 7.9.
    serialize = getattr(getattr(current, "config", None), "serialize", None)
    return [], "" if serialize is None else serialize()
