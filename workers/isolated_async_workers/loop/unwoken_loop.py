"""Whether a loop sleeps although it has something to do, when a stage's time is up: nobody has woken it.

A loop looks at what is ready before it sleeps, and is woken by what it waits for and by ``call_soon_threadsafe``. What
another thread has made ready by ``call_soon``, or by an event or a future, which call that, lies there unseen.
"""

from __future__ import annotations

import asyncio
from types import FrameType

from ..wire.conflict_pages import page


def explain_unwoken_loop(frame: object) -> str:
    """Why the loop of this thread does not go on, or an empty text if it is awake, or waits as it should.

    Args:
        frame: the frame that the signal handler interrupted.
    """
    loop = asyncio._get_running_loop()
    # Asyncio's own attribute; uvloop shows nothing of the kind.
    if loop is None or not getattr(loop, "_ready", None) or not _sleeps(frame):
        return ""
    return (
        "The loop sleeps, although something is ready to run: another thread, or a signal handler, has made it ready "
        "by a call that does not wake the loop (Event.set, Future.set_result, Queue.put_nowait, loop.call_soon).\n"
        "What to do: have the loop do it: loop.call_soon_threadsafe(event.set), or asyncio.run_coroutine_threadsafe.\n"
        f"More: {page('thread-and-loop')}\n"
    )


def _sleeps(frame: object) -> bool:
    """True if it waits in a selector of the standard library, and not only looks: with no time to wait it would."""
    if not isinstance(frame, FrameType) or frame.f_globals.get("__name__") != "selectors":
        return False
    return frame.f_locals.get("timeout") != 0
