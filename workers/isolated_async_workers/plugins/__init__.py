"""Ordinary pytest plugins in a worker: what they keep in this process goes to the host, where they report it.

::

    plugin's object --> plugins/<name>.py --PluginNoted--> host: plugins/<name>.py --> plugin's object there

Only what does not travel in a report needs a module here; the attributes that plugins add to reports do.
"""

from __future__ import annotations

import pytest

from . import (
    allure_results,
    benchmark_stats,
    django_database,
    junit_xml,
    no_timer,
    random_seed,
    syrupy_session,
    xdist_output,
)
from .note import Note

_MODULES = (
    allure_results,
    benchmark_stats,
    django_database,
    junit_xml,
    no_timer,
    random_seed,
    syrupy_session,
    xdist_output,
)


def prepare_ordinary_plugins(config: pytest.Config, note: Note) -> None:
    """In a zygote: prepare every plugin of the suite that needs it; ``note`` sends what it has for the host."""
    for module in _MODULES:
        module.prepare(config, note)
