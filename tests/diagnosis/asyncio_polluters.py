"""A polluter and its victim for what a module keeps of asyncio."""

from __future__ import annotations

from .polluters import Pair

ASYNCIO_PAIRS = (
    Pair(
        "bound_lock",
        "asyncio.run(contend())",
        "asyncio.run(contend())",
        "attribute",
        "test_bound_lock.LOCK._loop is ",
        above="LOCK = asyncio.Lock()\n\nasync def hold():\n    async with LOCK:  # here\n"
        "        await asyncio.sleep(0)\n\nasync def contend():\n    await asyncio.gather(hold(), hold())\n",
    ),
    Pair(
        "queue",
        "asyncio.run(QUEUE.put('left'))  # here",
        "assert QUEUE.empty()",
        "container",
        "test_queue.QUEUE._queue has also 'left'",
        above="QUEUE = asyncio.Queue()",
    ),
)

#: A loop that is open when the suite is collected: of this, each probe is a pytest of its own.
KEPT_LOOP = """import asyncio

LOOP = asyncio.new_event_loop()


def test_pollutes():
    LOOP.run_until_complete(asyncio.sleep(0))
    LOOP.close()  # here


def test_victim():
    LOOP.run_until_complete(asyncio.sleep(0))
"""
