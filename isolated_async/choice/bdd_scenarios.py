"""Which tests are scenarios of pytest-bdd that have an async step."""

from __future__ import annotations

import inspect
import sys
from typing import Any

import pytest


def has_async_step(item: pytest.Function) -> bool:
    """True if a step of the scenario that this test runs is an async function."""
    scenarios: Any = sys.modules["pytest_bdd.scenario"]
    template = scenarios.scenario_wrapper_template_registry.get(item.obj)
    if template is None:
        return False
    steps = [*template._steps, *(template.feature.background.steps if template.feature.background else ())]
    return any(
        # The name of a step in an outline has its parameters not filled in yet.
        template.templated or context.parser.is_matching(step.name)
        for context in scenarios.step_function_context_registry.values()
        if inspect.iscoroutinefunction(context.step_func) or inspect.isasyncgenfunction(context.step_func)
        for step in steps
    )
