"""Errors that reached nobody but the loop's default exception handler: it logs them, and the test passes.

Only that handler is listened to. A suite that has set a handler of its own has dealt with what reaches it; so has a
test that looks at what is logged, with ``caplog`` or ``assertLogs``. A cancellation is no error, though some releases
of asyncio take the one of a server's task for one.

Tasks that go before they are done are noted whoever hears of it: a test may fail for that.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import sys
from collections.abc import Callable
from typing import Any

from ..places import Place
from ..wire.light_dataclass import dataclass
from .coroutine_origin import CoroutineOrigin
from .findings import MOST_OF_A_KIND, Findings, Kind
from .origins import Origins
from .task_text import describe_task

#: The class of the handler that ``TestCase.assertLogs`` puts in place.
_ASSERT_LOGS = "_CapturingHandler"
#: What asyncio says of a task that goes before it is done.
_DESTROYED = "Task was destroyed but it is pending"


@dataclass(frozen=True, slots=True)
class DestroyedTask:
    """A task that has gone before it was done; ``what`` is its name."""

    what: str
    origin: CoroutineOrigin


class LoopErrors:
    """Listens to every loop; what it does with an error stays as it is."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._findings: Findings | None = None
        self._destroyed: list[DestroyedTask] = []

    def install(self) -> None:
        """Patch asyncio's loops, and uvloop's if that is loaded."""
        kinds: list[Any] = [asyncio.BaseEventLoop]
        if "uvloop" in sys.modules:
            kinds.append(sys.modules["uvloop"].Loop)
        for kind in kinds:
            _call_first(kind, "call_exception_handler", self._note_destroyed)
            _call_first(kind, "default_exception_handler", self._note_error)

    def start(self, findings: Findings, is_logging_watched: Callable[[], bool]) -> None:
        """From here on each error is one of ``findings``, unless the test watches what is logged."""
        self._findings = findings
        self._is_logging_watched = is_logging_watched

    def begin_test(self) -> None:
        """Which tasks were destroyed before is of the past."""
        self._destroyed.clear()

    def destroyed_of_this_test(self) -> list[DestroyedTask]:
        """The first of them."""
        return list(self._destroyed)

    def _note_destroyed(self, _: Any, context: dict[str, Any]) -> None:
        task = context.get("task")
        if _is_destroyed(context) and isinstance(task, asyncio.Task) and len(self._destroyed) < MOST_OF_A_KIND:
            with contextlib.suppress(Exception):
                self._destroyed.append(DestroyedTask(describe_task(task), CoroutineOrigin.of(task.get_coro())))

    def _note_error(self, loop: Any, context: dict[str, Any]) -> None:
        if self._findings is not None and not self._is_dealt_with(loop, context):
            kind = Kind.DESTROYED if _is_destroyed(context) else Kind.ERROR
            # Described at once: keeping what failed would change when it is collected.
            self._findings.add(kind, lambda: _describe(context), lambda: self._place(context))

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


def _call_first(kind: Any, method: str, listener: Callable[[Any, dict[str, Any]], None]) -> None:
    original = getattr(kind, method)

    @functools.wraps(original)
    def listening(loop: Any, context: dict[str, Any]) -> None:
        listener(loop, context)
        original(loop, context)

    setattr(kind, method, listening)


def _is_destroyed(context: dict[str, Any]) -> bool:
    return str(context.get("message")).startswith(_DESTROYED)


def _describe(context: dict[str, Any]) -> str:
    message = str(context.get("message") or "unhandled error in the event loop").rstrip("!")
    error = context.get("exception")
    said = "" if error is None else f": {type(error).__name__}: {error}" if str(error) else f": {type(error).__name__}"
    task = context.get("task") or context.get("future")
    whose = f" ({describe_task(task)})" if isinstance(task, asyncio.Task) else ""
    return f"{message}{whose}{said}"
