"""Any other system: the plugin loads, chooses tests, and isolates none. A usage error says so before a test runs.

What is asked at import has a value; what is called first of all refuses, and nothing else is ever called.
"""

from __future__ import annotations

import os
import selectors
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

WHY_NO_FORKS = WHY_NO_DESCRIPTORS = f"nothing is isolated on {sys.platform}"
_REFUSAL = (
    f"isolation needs Linux 5.3 or later, macOS, or Windows; this is {sys.platform}, where tests run in process only "
    "(--isolated-loop-mode=off)"
)
DUMP_SIGNAL = INTERRUPT_SIGNAL = LOOK_SIGNAL = 0
KILL_SIGNAL: int = signal.SIGTERM
STATUS_NAMES: dict[int, str] = {}
READABLE, WRITABLE = 1, 4
EVENT_LOOP = ""

#: Seconds.
monotonic: Callable[[], float] = partial(time.monotonic)


def why_unsupported() -> str:
    """Always."""
    return _REFUSAL


def usable_cpus() -> int:
    """All of them (``os.cpu_count``)."""
    return os.cpu_count() or 1


def call_at_fork(**calls: object) -> None:
    """Nobody calls them: nothing that a fork would break is ever made."""


def new_selector() -> selectors.BaseSelector:
    """What Python chooses."""
    return selectors.DefaultSelector()


def __getattr__(name: str) -> Callable[..., Any]:
    """Everything else refuses when it is called."""

    def refuse(*arguments: object) -> Any:
        raise NotImplementedError(f"{name}: {_REFUSAL}")

    return refuse
