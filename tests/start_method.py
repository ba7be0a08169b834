"""The start method of the suites that our tests run: one body for all of them.

``pytest --start=spawn tests/behaviour tests/patterns tests/faults`` runs everything there with spawned workers, and
``--start=windows tests/behaviour tests/patterns`` with those of Windows, as far as they run here: other_systems.py.
"""

from __future__ import annotations

import os

import pytest

#: How the option gets to the processes of a parallel run, and to what has no configuration at hand.
_VARIABLE = "ISOLATED_ASYNC_TESTS_START"


def add_option(parser: pytest.Parser) -> None:
    """``--start``."""
    parser.addoption(
        "--start", choices=("fork", "spawn", "windows"), default="fork", help="Start method of the suites we run."
    )


def take_option(config: pytest.Config) -> None:
    """Have it hold from here on."""
    os.environ[_VARIABLE] = config.getoption("--start")


def start_method() -> str:
    """``fork`` or ``spawn``."""
    return "spawn" if is_as_on_windows() else os.environ.get(_VARIABLE, "fork")


def is_as_on_windows() -> bool:
    """True if every process of every suite takes this system for Windows, where nothing else can be done."""
    return os.environ.get(_VARIABLE) == "windows"


def start_arguments() -> list[str]:
    """What makes pytest use it, where neither the command line nor a marker of the suite says otherwise."""
    return [] if start_method() == "fork" or is_as_on_windows() else ["-o", f"isolated_loop_start={start_method()}"]
