"""Whether a coroutine function that was called has left a coroutine whose body never began.

It may have been dropped, which the interpreter tells; it may also be kept by somebody, by a cycle, or by a task whose
loop does not run any more.
"""

from __future__ import annotations

import contextlib
import gc
import inspect
import sys
from collections.abc import Iterator
from types import CodeType, CoroutineType
from typing import Any

from ..leaks.never_awaited import NeverAwaited

#: Numbers by which tools are told apart; those that Python gives to nobody are tried first.
_TOOLS = (4, 3, 5, 2)

# What the test has put in its place must not run here.
_objects = gc.get_objects


class UnrunBody:
    """Watches one code at a time."""

    def __init__(self, never_awaited: NeverAwaited) -> None:
        self._code: CodeType | None = None
        self._is_dropped = False
        self._has_run = False
        never_awaited.listener = self._hear_of_never_awaited

    @contextlib.contextmanager
    def watching(self, code: CodeType) -> Iterator[None]:
        """While it is open, ``code`` is watched, in all threads."""
        self._code, self._is_dropped, self._has_run = code, False, False
        try:
            with self._noticing_a_run(code):
                yield
        finally:
            self._code = None

    def is_left_of(self, code: CodeType) -> bool:
        """True if a coroutine of it was made while it was watched, and none has begun, as far as can be known.

        Before Python 3.12 it is not known whether another one has.
        """
        return not self._has_run and (self._is_dropped or _is_kept(code))

    def _hear_of_never_awaited(self, coroutine: Any) -> None:
        if coroutine.cr_code is self._code:
            self._is_dropped = True

    @contextlib.contextmanager
    def _noticing_a_run(self, code: CodeType) -> Iterator[None]:
        tool = _free_tool()
        if tool is None:
            yield
            return
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        event = monitoring.events.PY_START

        def begun(*_: object) -> object:
            self._has_run = True
            return monitoring.DISABLE

        monitoring.register_callback(tool, event, begun)
        monitoring.set_local_events(tool, code, event)
        try:
            yield
        finally:
            monitoring.set_local_events(tool, code, 0)
            monitoring.register_callback(tool, event, None)
            monitoring.free_tool_id(tool)


def _free_tool() -> int | None:
    if sys.version_info < (3, 12):
        return None
    for tool in _TOOLS:
        with contextlib.suppress(ValueError):
            sys.monitoring.use_tool_id(tool, "isolated-async")
            return tool
    return None


def _is_kept(code: CodeType) -> bool:
    # What was there when the worker was forked is frozen, and not among them.
    return any(
        type(each) is CoroutineType and each.cr_code is code and inspect.getcoroutinestate(each) == inspect.CORO_CREATED
        for each in _objects()
    )
