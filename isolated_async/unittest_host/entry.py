"""Where ``unittest`` begins to run tests, and isolated ones are taken out of its hands.

Put in place by the first use of the decorator, and does nothing where pytest runs. Lean: whatever has isolated tests
imports this.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from ..processes.import_path import standard_library_first
from ..pytest_private import is_pytest_running
from .mark import is_marked

# Unittest leaves frames of modules that have this out of its tracebacks, and so does pytest.
__unittest = True

_state = {"is_in_place": False, "is_running": False}


def stand_in_the_way_of_unittest() -> None:
    """See to it that isolated tests which unittest runs in this process run in workers."""
    unittest: Any = sys.modules.get("unittest")
    if _state["is_in_place"] or unittest is None or is_pytest_running():
        return
    _state["is_in_place"] = True
    unittest.TestSuite.run = _running_suite(unittest.TestSuite.run)
    unittest.TestCase.__call__ = _calling_test(unittest.TestCase.__call__)


def _running_suite(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def run(suite: Any, result: Any, debug: bool = False) -> Any:
        if debug or _state["is_running"] or is_pytest_running():
            return original(suite, result, debug)
        with standard_library_first():
            from .run import isolating

        _state["is_running"] = True
        try:
            with isolating(suite, result):
                return original(suite, result)
        finally:
            _state["is_running"] = False

    return run


def _calling_test(original: Callable[..., Any]) -> Callable[..., Any]:
    """A test that is called by itself, or by a suite that has a ``run`` of its own."""

    @functools.wraps(original)
    def call(test: Any, result: Any = None) -> Any:
        if is_pytest_running() or not is_marked(test):
            return original(test, result)
        with standard_library_first():
            from .run import run_alone

        return run_alone(test, lambda: original(test, result), result)

    return call
