"""Where every asyncio task and every thread of this process stands, as text for a report."""

from __future__ import annotations

import asyncio
import io
import sys
import threading
import traceback
from collections.abc import Iterable
from types import FrameType


def tasks_and_threads(main_frame: object, loops: Iterable[asyncio.AbstractEventLoop]) -> str:
    """The stacks of all pending tasks of ``loops``, then of all threads.

    Args:
        main_frame: the frame that the signal handler interrupted: the main thread's own place.
        loops: where to look for tasks.
    """
    parts = [_task_stack(task) for loop in loops for task in asyncio.all_tasks(loop)]
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    frames = sys._current_frames()
    main = threading.main_thread().ident
    if isinstance(main_frame, FrameType) and main is not None:
        frames[main] = main_frame
    for ident, frame in frames.items():
        stack = "".join(traceback.format_stack(frame))
        parts.append(f"Thread {names.get(ident, ident)}:\n{stack}")
    return "\n".join(parts)


def _task_stack(task: asyncio.Task[object]) -> str:
    text = io.StringIO()
    task.print_stack(file=text)
    return text.getvalue()
