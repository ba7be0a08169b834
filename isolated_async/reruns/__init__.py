"""Tests that a plugin runs again when they fail: pytest-rerunfailures and flaky. Each attempt has a worker of its own.

::

    host --protocol--> the plugin's own loop --run an attempt--> dispatcher --RunCase--> a fresh worker
                       ^-- reports, made to look as if they had been made here <-- StageRaised, ReportLogged

The plugin decides in the host, as it would in process; in workers it has no say (``attempts.py`` on their side).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .attempt import Rerunner


def find_rerunners(config: pytest.Config) -> Iterator[Rerunner]:
    """The plugins of this run that run tests again, in the order in which pytest asks them."""
    for implementation in reversed(config.hook.pytest_runtest_protocol.get_hookimpls()):
        # Only now: most runs have neither.
        if implementation.plugin_name == "rerunfailures":
            from .rerunfailures import RerunFailures

            yield RerunFailures(implementation.plugin)
        elif implementation.plugin_name == "flaky":
            from .flaky import Flaky

            yield Flaky(implementation.plugin)
