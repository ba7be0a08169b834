"""Whether a coroutine function that was called has left a coroutine whose body never began.

It may have been dropped, which the interpreter tells; it may also be kept by somebody, by a cycle, or by a task whose
loop does not run any more.
"""

from __future__ import annotations

import contextlib
import gc
import inspect
from collections.abc import Iterator
from types import CodeType, CoroutineType
from typing import Any

from ..leaks.never_awaited import NeverAwaited
from .begun_code import noticing_a_run

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
            with noticing_a_run(code, self._begin):
                yield
        finally:
            self._code = None

    def is_left_of(self, code: CodeType) -> bool:
        """True if a coroutine of it was made while it was watched, and none has begun, as far as can be known."""
        return not self._has_run and (self._is_dropped or _is_kept(code))

    def _hear_of_never_awaited(self, coroutine: Any) -> None:
        if coroutine.cr_code is self._code:
            self._is_dropped = True

    def _begin(self) -> None:
        self._has_run = True


def _is_kept(code: CodeType) -> bool:
    # What was there when the worker was forked is frozen, and not among them.
    return any(
        type(each) is CoroutineType and each.cr_code is code and inspect.getcoroutinestate(each) == inspect.CORO_CREATED
        for each in _objects()
    )
