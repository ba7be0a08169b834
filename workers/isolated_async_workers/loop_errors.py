"""Errors that reached nobody but the loop's default exception handler: it logs them, and the test passes.

Only that handler is listened to. A suite that has set a handler of its own has dealt with what reaches it.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from typing import Any

from .leaks import Findings, Kind
from .origins import Origins
from .places import Place
from .task_text import describe_task


class LoopErrors:
    """Listens to the default handler of every loop, from ``start`` on; what the handler does stays as it is."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._findings: Findings | None = None

    def install(self) -> None:
        """Patch asyncio's loops, and uvloop's if that is loaded."""
        self._listen_to(asyncio.BaseEventLoop)
        if "uvloop" in sys.modules:
            self._listen_to(sys.modules["uvloop"].Loop)

    def start(self, findings: Findings) -> None:
        """From here on each error is one of ``findings``."""
        self._findings = findings

    def _listen_to(self, kind: Any) -> None:
        original = kind.default_exception_handler

        @functools.wraps(original)
        def default_exception_handler(loop: Any, context: dict[str, Any]) -> None:
            if self._findings is not None and loop.get_exception_handler() is None:
                # Described at once: keeping what failed would change when it is collected.
                self._findings.add(Kind.ERROR, lambda: _describe(context), lambda: self._place(context))
            original(loop, context)

        kind.default_exception_handler = default_exception_handler

    def _place(self, context: dict[str, Any]) -> Place | None:
        for name in ("task", "future", "asyncgen", "transport"):
            if context.get(name) is not None:
                return self._origins.place_of(context[name])
        return None


def _describe(context: dict[str, Any]) -> str:
    message = str(context.get("message") or "unhandled error in the event loop").rstrip("!")
    error = context.get("exception")
    said = "" if error is None else f": {type(error).__name__}: {error}" if str(error) else f": {type(error).__name__}"
    task = context.get("task") or context.get("future")
    whose = f" ({describe_task(task)})" if isinstance(task, asyncio.Task) else ""
    return f"{message}{whose}{said}"
