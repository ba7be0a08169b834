"""The limit that pytest-timeout sets for one test, for us to keep: nothing of that plugin is armed anywhere.

Its timer would fire on the host, which only waits, or in the worker, where an alarm wedges the loop and a timer thread
ends the process before anything is torn down.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from isolated_async_workers.wire.light_dataclass import dataclass

from .allowed import LONGEST_TIMEOUT_S

#: The plugin's name, and the entry point under which it is registered.
_NAME = "timeout"


@dataclass(frozen=True, slots=True)
class PluginTimeout:
    """What pytest-timeout says about one test.

    Attributes:
        seconds: the limit.
        call_only: True if it is that of the call (``func_only``); else setup, call and teardown share it.
        given_by: the marker or setting that says so.
    """

    seconds: float
    call_only: bool
    given_by: str


def read_plugin_timeout(item: pytest.Item) -> PluginTimeout | None:
    """The limit of this test, or None: without the plugin, or if it sets none.

    Raises:
        pytest.UsageError: the marker's arguments are none that pytest-timeout takes.
    """
    plugin: Any = item.config.pluginmanager.get_plugin(_NAME)
    read = getattr(plugin, "_get_item_settings", None)
    if read is None:
        return None
    try:
        settings = read(item)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.timeout of pytest-timeout: {error}") from None
    seconds = settings.timeout
    if seconds is None or seconds <= 0:
        return None
    return PluginTimeout(min(seconds, LONGEST_TIMEOUT_S), bool(settings.func_only), _given_by(item))


def _given_by(item: pytest.Item) -> str:
    marker = item.get_closest_marker(_NAME)
    if marker is not None and (marker.args or marker.kwargs.get("timeout") is not None):
        return "@pytest.mark.timeout"
    if item.config.getoption(_NAME) is not None:
        return "--timeout"
    return "PYTEST_TIMEOUT" if os.environ.get("PYTEST_TIMEOUT") else "the ini option timeout"
