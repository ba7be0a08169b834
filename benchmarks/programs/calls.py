"""Prints the milliseconds that a call in a process of its own takes.

    python calls.py run_isolated|run_isolated_spawn|executor_forkserver|executor_spawn|interpreter|anyio
    python calls.py isolated_pool|executor_pool    # many calls, two at a time

Its peers are given ``os.getpid``, and import next to nothing; ``run_isolated`` drives a coroutine.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

# Nothing else is imported here: children of multiprocessing import this file again, and that is no cost of theirs.

Call = Callable[[], object]

#: Calls of one sample: an executor starts the process of the next call when one has ended, which must be paid as well.
_CALLS = 4
#: Calls of a pool.
_MANY_CALLS = 100
_AT_A_TIME = 2


async def nothing() -> int:
    """Async, for those who drive coroutine functions; the others get ``os.getpid`` itself."""
    return os.getpid()


def _executor(workers: int, method: str) -> Any:
    # Typed for an older Python, which has no max_tasks_per_child.
    make: Any = concurrent.futures.ProcessPoolExecutor
    return make(workers, mp_context=multiprocessing.get_context(method), max_tasks_per_child=1)


def _ms_a_call(call: Call) -> float:
    call()
    start = time.perf_counter()
    for _ in range(_CALLS):
        call()
    return (time.perf_counter() - start) * 1000 / _CALLS


def run_isolated(start: str = "fork") -> float:
    """Ours, one call at a time."""
    from isolated_async import run_isolated as run

    return _ms_a_call(functools.partial(run, nothing, **({"start": start} if start != "fork" else {})))


def executor(method: str) -> float:
    """The standard library's, one call at a time."""
    with _executor(1, method) as serving:
        return _ms_a_call(lambda: serving.submit(os.getpid).result())


def interpreter() -> float:
    """What an interpreter alone takes."""
    return _ms_a_call(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))


async def keeping() -> float:
    """anyio keeps its process for the next call: what a call leaves there, the next one meets."""
    import anyio.to_process

    await anyio.to_process.run_sync(os.getpid)
    start = time.perf_counter()
    for _ in range(_CALLS):
        await anyio.to_process.run_sync(os.getpid)
    return (time.perf_counter() - start) * 1000 / _CALLS


def _ms_of_many(submit: Callable[[], Any]) -> float:
    submit().result()
    start = time.perf_counter()
    for future in [submit() for _ in range(_MANY_CALLS)]:
        future.result()
    return (time.perf_counter() - start) * 1000 / _MANY_CALLS


def isolated_pool() -> float:
    """Ours, many calls."""
    from isolated_async import IsolatedPool

    with IsolatedPool(_AT_A_TIME) as pool:
        return _ms_of_many(lambda: pool.submit(os.getpid))


def executor_pool() -> float:
    """The standard library's, many calls."""
    with _executor(_AT_A_TIME, "forkserver") as pool:
        return _ms_of_many(lambda: pool.submit(os.getpid))


CONTENDERS: dict[str, Callable[[], float]] = {
    "run_isolated": run_isolated,
    "run_isolated_spawn": functools.partial(run_isolated, "spawn"),
    "executor_forkserver": functools.partial(executor, "forkserver"),
    "executor_spawn": functools.partial(executor, "spawn"),
    "interpreter": interpreter,
    "anyio": lambda: asyncio.run(keeping()),
    "isolated_pool": isolated_pool,
    "executor_pool": executor_pool,
}

if __name__ == "__main__":
    print(CONTENDERS[sys.argv[1]]())
