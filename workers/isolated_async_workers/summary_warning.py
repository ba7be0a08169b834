"""Warnings of ours, which go straight into pytest's summary.

A suite that makes errors of warnings (``-W error``) has not asked for errors about things that Python does not warn
about: what passes in process passes here.
"""

from __future__ import annotations

import warnings

import pytest


def warn_in_summary(item: pytest.Item, warning: Warning, filename: str, lineno: int) -> None:
    """Have pytest show ``warning`` as one of this test, unless it shows none at all."""
    if not item.config.pluginmanager.has_plugin("warnings"):
        return
    item.config.hook.pytest_warning_recorded.call_historic(
        kwargs={
            "warning_message": warnings.WarningMessage(warning, type(warning), filename, lineno),
            "when": "runtest",
            "nodeid": item.nodeid,
            "location": None,
        }
    )
