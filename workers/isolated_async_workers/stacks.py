"""Where every asyncio task and every thread of this process stands, as text for a report."""

from __future__ import annotations

import asyncio
import gc
import inspect
import sys
import traceback
from asyncio import all_tasks
from collections.abc import Iterable, Iterator
from itertools import takewhile
from threading import enumerate as all_threads
from threading import main_thread
from types import FrameType

from .loop.case_loop import CaseLoop
from .places import OUTERMOST, Owner, Place, owner_of, with_slashes

#: Directories whose frames are left out: the machinery around the test, the same in every stack.
_MACHINERY = ("/_pytest/", "/pluggy/", "/isolated_async_workers/", "/isolated_async/unittest_host/")


def tasks_and_threads(main_frame: object, loops: Iterable[asyncio.AbstractEventLoop]) -> str:
    """What each pending task of ``loops`` awaits, then where each thread is; most recent call last.

    Args:
        main_frame: the frame that the signal handler interrupted: the main thread's own place.
        loops: where to look for tasks.
    """
    parts = [_task(task) for loop in loops for task in all_tasks(loop)]
    names = {thread.ident: thread.name for thread in all_threads()}
    frames = sys._current_frames()
    main = main_thread().ident
    if isinstance(main_frame, FrameType) and main is not None:
        frames[main] = main_frame
    parts.extend(
        f"Thread {names.get(ident, ident)!r}:\n{_show(_inside_case(traceback.extract_stack(frame)))}"
        for ident, frame in frames.items()
    )
    return "\n".join(parts)


def place(main_frame: object, case_loop: CaseLoop) -> str:
    """The line of the user's code at which the case stands, or in which it awaits; empty if there is none."""
    stands = [] if not isinstance(main_frame, FrameType) else [frame for frame, _ in traceback.walk_stack(main_frame)]
    loop = asyncio._get_running_loop()
    task = None if loop is None else case_loop.task_that_runs(loop)
    if task is not None and asyncio.current_task(loop) is None:
        stands = list(_awaiting(task.get_coro()))[::-1]
    for frame in takewhile(lambda each: each.f_code.co_filename != OUTERMOST, stands):
        if owner_of(frame.f_code.co_filename) is Owner.USER:
            return str(Place.of(frame, frame.f_lineno))
    return ""


def _task(task: asyncio.Task[object]) -> str:
    summary = traceback.StackSummary.extract((frame, frame.f_lineno) for frame in _awaiting(task.get_coro()))
    return f"Task {task.get_name()!r}:\n{_show(summary)}"


def _awaiting(awaitable: object) -> Iterator[FrameType]:
    """The frames of a suspended coroutine and of what it awaits, down to the innermost that has one."""
    while awaitable is not None:
        following: object
        if inspect.iscoroutine(awaitable):
            frame, following = awaitable.cr_frame, awaitable.cr_await
        elif inspect.isgenerator(awaitable):
            frame, following = awaitable.gi_frame, awaitable.gi_yieldfrom
        elif inspect.isasyncgen(awaitable):
            frame, following = awaitable.ag_frame, awaitable.ag_await
        else:
            # The object behind anext() shows its generator to the garbage collector only.
            frame, following = None, next(filter(inspect.isasyncgen, gc.get_referents(awaitable)), None)
        if frame is not None:
            yield frame
        awaitable = following


def _inside_case(summary: traceback.StackSummary) -> list[traceback.FrameSummary]:
    """The frames inside the worker's own: those outside it are the zygote's and the host's."""
    inside = [
        index for index, entry in enumerate(summary) if "/isolated_async_workers/" in with_slashes(entry.filename)
    ]
    return summary[max(inside[:1], default=-1) + 1 :]


def _show(frames: Iterable[traceback.FrameSummary]) -> str:
    shown = [frame for frame in frames if not any(part in with_slashes(frame.filename) for part in _MACHINERY)]
    return "".join(traceback.format_list(shown)) or "  (in no code of yours)\n"
