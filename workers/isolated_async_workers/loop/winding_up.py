"""Ends what a case left on one of its loops, each thing under a limit, and closes the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from .. import untouched
from .case_task import CaseTask

#: Seconds that tasks which the case left behind get to react to their cancellation, and async generators to end.
#: Well-behaved ones need none; one that swallows it must not hold up the run.
LEFTOVER_GRACE_S = 1.0
#: Seconds that threads of the loop's own executor get to end what they are doing. Idle ones need none; what blocks
#: one of them would block ``asyncio.run`` for as long as it lasts.
EXECUTOR_GRACE_S = 1.0
#: So many times a loop that stops is run again; who asks for more asks for ever.
_MOST_STOPS = 10

# What the test has put in their place must not run here.
_all_tasks = asyncio.all_tasks
_wait = asyncio.wait


def wind_up(loop: asyncio.AbstractEventLoop, case_task: CaseTask | None) -> None:
    """Cancel tasks, finish async generators, shut down the executor; ``loop`` is open and idle."""
    pending = [task for task in _all_tasks(loop) if case_task is None or not case_task.owns(task)]
    if pending:
        for task in pending:
            task.cancel()
        _run(loop, _wait(pending, timeout=LEFTOVER_GRACE_S))
        _report_exceptions(loop, pending)
    if case_task is not None:
        case_task.stop()
    _close_generators(loop)
    _shut_down_executor(loop)
    loop.close()


def _close_generators(loop: asyncio.AbstractEventLoop) -> None:
    """``loop.shutdown_asyncgens`` waits for what they await in a ``finally``: that is cancelled, then left alone."""
    # Uvloop hides them. A limit costs as much as all the rest here, and most cases leave none.
    if not getattr(loop, "_asyncgens", True):
        _run(loop, loop.shutdown_asyncgens())
        return
    closing = loop.create_task(loop.shutdown_asyncgens())
    _run(loop, _wait([closing], timeout=LEFTOVER_GRACE_S))
    if closing.cancel():
        _run(loop, _wait([closing], timeout=LEFTOVER_GRACE_S))
    if closing.done() and not closing.cancelled():
        closing.result()


def _run(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, object]) -> None:
    """Run this to its end: a ``loop.stop()`` that the case has left under way ends a run, and the next one goes on."""
    task = loop.create_task(coroutine)
    for _ in range(_MOST_STOPS):
        try:
            loop.run_until_complete(task)
        except RuntimeError:
            if task.done():
                raise
        else:
            return
    # Not in silence: what was to be ended has not ended.
    loop.run_until_complete(task)


def _shut_down_executor(loop: asyncio.AbstractEventLoop) -> None:
    """``loop.shutdown_default_executor`` waits as long as it takes; uvloop hides its executor, and closes it itself."""
    executor: Any = getattr(loop, "_default_executor", None)
    if executor is None:
        return
    executor.shutdown(wait=False)
    end = untouched.monotonic() + EXECUTOR_GRACE_S
    for thread in list(getattr(executor, "_threads", ())):
        thread.join(max(0.0, end - untouched.monotonic()))


def _report_exceptions(loop: asyncio.AbstractEventLoop, tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        if task.done() and not task.cancelled() and task.exception() is not None:
            loop.call_exception_handler(
                {
                    "message": "unhandled exception while a task that the test left behind was cancelled",
                    "exception": task.exception(),
                    "task": task,
                }
            )
