"""Errors that reached nobody but the loop's default exception handler: it logs them, and the test passes.

Only that handler is listened to. A suite that has set a handler of its own has dealt with what reaches it; so has a
test that looks at what is logged, with ``caplog`` or ``assertLogs``. A cancellation is no error, though some releases
of asyncio take the one of a server's task for one.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import sys
from collections.abc import Callable
from typing import Any

from ..places import Place
from .findings import Findings, Kind
from .origins import Origins
from .task_text import describe_task

#: The class of the handler that ``TestCase.assertLogs`` puts in place.
_ASSERT_LOGS = "_CapturingHandler"


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

    def start(self, findings: Findings, is_logging_watched: Callable[[], bool]) -> None:
        """From here on each error is one of ``findings``, unless the test watches what is logged."""
        self._findings = findings
        self._is_logging_watched = is_logging_watched

    def _listen_to(self, kind: Any) -> None:
        original = kind.default_exception_handler

        @functools.wraps(original)
        def default_exception_handler(loop: Any, context: dict[str, Any]) -> None:
            if self._findings is not None and not self._is_dealt_with(loop, context):
                # Described at once: keeping what failed would change when it is collected.
                self._findings.add(Kind.ERROR, lambda: _describe(context), lambda: self._place(context))
            original(loop, context)

        kind.default_exception_handler = default_exception_handler

    def _is_dealt_with(self, loop: Any, context: dict[str, Any]) -> bool:
        if loop.get_exception_handler() is not None or isinstance(context.get("exception"), asyncio.CancelledError):
            return True
        handlers = [*logging.getLogger("asyncio").handlers, *logging.getLogger().handlers]
        return self._is_logging_watched() or any(type(each).__name__ == _ASSERT_LOGS for each in handlers)

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
