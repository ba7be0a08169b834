"""Which line keeps a loop from running, when a stage's time is up: for instance one that waits for the loop itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from types import FrameType

from ..places import Owner, Place, is_machinery, owner_of
from ..wire.conflict_pages import page

#: Where blocking waits of the standard library end up: for a future, a thread, a lock, a queue.
_WAITS = (
    os.path.join("concurrent", "futures", "_base.py"),
    "threading.py",
    "queue.py",
)


def explain_blocked_loop(frame: object) -> str:
    """What blocks the loop that runs in this thread, or an empty text if none runs, or if it waits as it should.

    Args:
        frame: the frame that the signal handler interrupted.
    """
    if not isinstance(frame, FrameType) or asyncio._get_running_loop() is None:
        return ""
    inside: list[FrameType] = []
    for each in _outwards(frame):
        if is_machinery(each):
            break
        inside.append(each)
    users = [each for each in inside if owner_of(each.f_code.co_filename) is not Owner.MACHINERY]
    if not users:
        return ""
    place = Place.of(users[0], users[0].f_lineno)
    waits = any(each.f_code.co_filename.endswith(_WAITS) for each in inside if each not in users)
    if not waits:
        return f"The loop could not run: {place} did not return.\n"
    return (
        "The loop was blocked in its own thread: a line waits for something, and until that comes, nothing on the loop "
        "runs. If it needs the loop to come, this is a deadlock.\n"
        f"  waits in {place}\n"
        "What to do: await it instead (the coroutine itself, or asyncio.wrap_future(future)), or wait for it in "
        "another thread (asyncio.to_thread).\n"
        f"More: {page('deadlock-on-result')}\n"
    )


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
