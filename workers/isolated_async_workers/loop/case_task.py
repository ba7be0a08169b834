"""The one task in which every async part of a case runs, from the first fixture to the last finalizer.

Because it is one task, what a fixture opens around the test reaches the test: context variables,
``asyncio.timeout``, task groups and cancel scopes. Between the parts the task is idle and its loop does not run.

::

    sync code --run(awaitable)--> inbox --> serve: await it --> done --> sync code goes on
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable
from typing import Any, TypeVar, cast

T = TypeVar("T")

_UNSET = object()


class _Part:
    """One awaitable on its way through the task, and what became of it."""

    def __init__(self, awaitable: Awaitable[Any], done: asyncio.Future[None]) -> None:
        self.awaitable = awaitable
        self.done = done
        self.caller_context = contextvars.copy_context()
        self.task_context: contextvars.Context | None = None
        self.result: Any = None
        self.error: BaseException | None = None


class CaseTask:
    """Drives awaitables on ``loop``, one after another, in one task."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._inbox: asyncio.Queue[_Part | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        # The idle task was cancelled: the next part is to be.
        self._cancelled = False
        self._tearing_down = False
        self._is_busy = False
        # What a part that is cancelled from outside raises in the place of its cancellation.
        self._interruption: BaseException | None = None

    @property
    def busy_task(self) -> asyncio.Task[None] | None:
        """The task, if it is in the middle of a part."""
        return self._task if self._is_busy else None

    def interrupt(self, error: BaseException) -> None:
        """Cancel the part that runs, and nothing after it, from a signal handler; its caller sees ``error``."""
        assert self._task is not None
        self._interruption = error
        self._loop.call_soon_threadsafe(self._task.cancel)

    def run(self, awaitable: Awaitable[T]) -> T:
        """Run ``awaitable`` to its end; what it sets in context variables is visible to the caller afterwards.

        Raises:
            BaseException: whatever the awaitable raised, SystemExit and KeyboardInterrupt included.
            RuntimeError: a loop is running in this thread.
        """
        __tracebackhide__ = True
        if asyncio._get_running_loop() is not None:
            # The task is in the middle of a part. Refused, or let through where the case allows nested runs.
            return self._loop.run_until_complete(awaitable)
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._serve(self._inbox), name="isolated-async case")
        part = _Part(awaitable, self._loop.create_future())
        self._inbox.put_nowait(part)
        try:
            self._loop.run_until_complete(part.done)
        except BaseException:
            self._break_off(part)
            raise
        if part.task_context is not None:
            _adopt_variables(part.task_context)
        if part.error is not None:
            try:
                raise part.error
            finally:
                # The traceback refers to this frame: without this line it would live until the next collection.
                del part
        return cast(T, part.result)

    def abandon(self) -> None:
        """The part that runs never ends: let what comes next have a task of its own."""
        self._task = None
        self._inbox = asyncio.Queue()
        self._is_busy = False
        self._interruption = None

    def _break_off(self, part: _Part) -> None:
        """A callback raised SystemExit or KeyboardInterrupt, or stopped the loop: as ``asyncio.run``, cancel the part.

        Left as it is, it would keep every finalizer waiting for what the part waits for.
        """
        task = self._task
        if task is None or task.done() or part.done.done() or self._loop.is_closed():
            return
        task.cancel()
        try:
            self._loop.run_until_complete(part.done)
        except BaseException:
            self.abandon()
            raise
        _forget_cancellation(task)

    def begin_setup(self) -> None:
        """A further case of a group, or another attempt: a cancellation of the idle task is meant for a part of it."""
        self._tearing_down = False

    def begin_teardown(self) -> None:
        """From here on a cancellation of the idle task is meant for no part: what is left are finalizers."""
        self._tearing_down = True

    def owns(self, task: asyncio.Task[Any]) -> bool:
        """True for the task that serves, which no clean-up may cancel."""
        return task is self._task

    def stop(self) -> None:
        """Let the task end; the loop must be open and idle."""
        if self._task is not None and not self._task.done():
            self._inbox.put_nowait(None)
            self._loop.run_until_complete(self._task)

    async def _serve(self, inbox: asyncio.Queue[_Part | None]) -> None:
        __tracebackhide__ = True
        while inbox is self._inbox:
            try:
                part = await inbox.get()
            except asyncio.CancelledError:
                # A deadline that a fixture holds open passed while no part was running: it is the next part's. In a
                # teardown it is nobody's: the finalizers still have to run.
                self._cancelled = not self._tearing_down
                if inbox.empty() and _is_waited_for():
                    # Sync code has cancelled every task there is, and waits for their end.
                    return
                _forget_cancellation(asyncio.current_task())
                continue
            if part is None:
                return
            if self._cancelled:
                self._cancelled = False
                asyncio.current_task().cancel()  # type: ignore[union-attr]
            _adopt_variables(part.caller_context)
            self._is_busy = True
            try:
                part.result = await part.awaitable
            except BaseException as error:  # noqa: BLE001 - it belongs to the caller of run(), who raises it
                part.error = error
            self._is_busy = False
            if self._interruption is not None:
                if isinstance(part.error, asyncio.CancelledError):
                    part.error = self._interruption
                self._interruption = None
                _forget_cancellation(asyncio.current_task())
            part.task_context = contextvars.copy_context()
            part.done.set_result(None)
            del part


def _adopt_variables(context: contextvars.Context) -> None:
    """Set in the running context what ``context`` has set differently."""
    for variable, value in context.items():
        if variable.get(_UNSET) is not value:
            variable.set(value)


def _forget_cancellation(task: asyncio.Task[Any] | None) -> None:
    """A cancellation that is repeated, or is meant for nobody, must not count twice (Python 3.11 and later count)."""
    if task is not None and hasattr(task, "uncancel"):
        task.uncancel()


def _is_waited_for() -> bool:
    return bool(getattr(asyncio.current_task(), "_callbacks", None))
