"""The steps of pytest-bdd: async ones are driven where it calls them, on the loop of the case.

In process pytest-bdd calls an async step and drops its coroutine: the scenario is green without having run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def drive_steps(driven: Callable[[Any], Any]) -> None:
    """Have pytest-bdd call what ``driven`` makes of an async step, if it is loaded."""
    scenario: Any = sys.modules.get("pytest_bdd.scenario")
    if scenario is None:
        return
    call = scenario.call_fixture_func

    def call_step(fixturefunc: Any, request: Any, kwargs: dict[str, Any]) -> object:
        __tracebackhide__ = True
        return call(fixturefunc=driven(fixturefunc), request=request, kwargs=kwargs)

    scenario.call_fixture_func = call_step
