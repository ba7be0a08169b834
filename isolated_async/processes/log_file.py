"""The log file of ``--log-file``, shared with an interpreter that collects for itself.

One that opened it anew would empty it, and two that write at places of their own overwrite each other: so both append.
"""

from __future__ import annotations

import os
from typing import Any

import pytest


def share_log_file(config: pytest.Config) -> dict[str, object]:
    """From here on this process appends to its log file; the options by which another one does the same."""
    plugin: Any = config.pluginmanager.get_plugin("logging-plugin")
    path = os.devnull if plugin is None else plugin.log_file_handler.baseFilename
    if path == os.devnull:
        return {}
    plugin.log_file_mode = "a"
    plugin.set_log_path(path)
    return {"log_file": path, "log_file_mode": "a"}
