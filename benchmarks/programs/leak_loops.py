"""Prints the nanoseconds that one thing of asyncio takes, with or without what leak reports put in its way.

python leak_loops.py await_coroutine|create_task_and_await|create_future|sleep|queue ignore|warn
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from isolated_async_workers.leaks.origins import Origins

#: Operations of one sample: some tens of milliseconds.
_OPERATIONS = 20_000


async def _nothing() -> None:
    return None


async def await_coroutine() -> None:
    """Await a coroutine that does nothing: the worst case for noting where coroutines were made."""
    for _ in range(_OPERATIONS):
        await _nothing()


async def create_task_and_await() -> None:
    """Run a coroutine that does nothing as a task."""
    for _ in range(_OPERATIONS):
        await asyncio.create_task(_nothing())


async def create_future() -> None:
    """Make a future and drop it."""
    loop = asyncio.get_running_loop()
    for _ in range(_OPERATIONS):
        loop.create_future()


async def sleep() -> None:
    """``asyncio.sleep`` makes a future and a timer."""
    for _ in range(_OPERATIONS):
        await asyncio.sleep(1e-9)


async def queue() -> None:
    """Hand numbers from one task to another through a queue of length one."""
    numbers: asyncio.Queue[int] = asyncio.Queue(1)

    async def produce() -> None:
        for number in range(_OPERATIONS):
            await numbers.put(number)

    producer = asyncio.create_task(produce())
    for _ in range(_OPERATIONS):
        await numbers.get()
    await producer


LOOPS: dict[str, Callable[[], Awaitable[None]]] = {
    body.__name__: body for body in (await_coroutine, create_task_and_await, create_future, sleep, queue)
}


def main() -> None:
    """Measure what the arguments say."""
    name, policy = sys.argv[1:]
    origins = Origins()
    origins.install()
    if policy == "warn":
        origins.start()
    loop = asyncio.new_event_loop()
    started = time.perf_counter()
    loop.run_until_complete(LOOPS[name]())
    print((time.perf_counter() - started) / _OPERATIONS * 1e9)


if __name__ == "__main__":
    main()
