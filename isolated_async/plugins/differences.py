"""What is not as in process with an ordinary plugin, for the header: one line each, and none where all is the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..choice.options import Settings
from ..choice.selection import Selection

#: The oldest major version of syrupy with which snapshots are known to reach the host.
_OLDEST_SYRUPY = 5


def describe_differences(config: pytest.Config, selection: Selection, settings: Settings) -> Iterator[str]:
    """A line for each plugin that the isolated tests of this run use, and that does something else there."""
    plugins = config.pluginmanager
    if plugins.has_plugin("timeout") and _has_limits(config, selection):
        if settings.timeouts_off:
            yield "pytest-timeout: its limits are off as well for isolated tests (the option timeout is 0)"
        elif settings.timeout_s is not None:
            yield "pytest-timeout: its limits do not hold for isolated tests, those of the option timeout do"
    if plugins.has_plugin("randomly") and not config.getoption("randomly_reset_seed", True):
        yield "pytest-randomly: each isolated test starts with the seed of the run, not where the one before it stopped"
    if plugins.has_plugin("benchmark") and settings.workers > 1 and _use(selection, "benchmark"):
        yield f"pytest-benchmark: measures while up to {settings.workers} tests run"
    if plugins.has_plugin("syrupy") and _use(selection, "snapshot") and (version := _syrupy_version()) < _OLDEST_SYRUPY:
        yield f"syrupy {version}: snapshots of isolated tests may get lost (needs {_OLDEST_SYRUPY})"


def _has_limits(config: pytest.Config, selection: Selection) -> bool:
    return bool(getattr(config, "_env_timeout", None)) or any(
        item.get_closest_marker("timeout") is not None for item in selection.isolated
    )


def _use(selection: Selection, fixture: str) -> bool:
    return any(fixture in getattr(item, "fixturenames", ()) for item in selection.isolated)


def _syrupy_version() -> int:
    from importlib.metadata import version

    return int(version("syrupy").partition(".")[0])
