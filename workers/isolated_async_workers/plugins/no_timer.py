"""pytest-timeout arms nothing in a worker: the host keeps its limit, as a deadline."""

from __future__ import annotations

import pytest

from .note import Note


def prepare(config: pytest.Config, note: Note) -> None:
    """Answer for whatever would arm a timer."""
    if config.pluginmanager.has_plugin("timeout"):
        config.pluginmanager.register(_NoTimer(), "isolated-async-no-timer")


class _NoTimer:
    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_timeout_set_timer(self) -> bool:
        return True

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_timeout_cancel_timer(self) -> bool:
        return True
