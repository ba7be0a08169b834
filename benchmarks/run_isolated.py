"""What does a call in a process of its own cost? ``run_isolated`` and its peers, on a function that does nothing.

::

    each round, each contender in turn: some calls, one after another --> median of ms a call
    throughput: many calls, several at a time                          --> ms a call

README.md next to this file says how to read the numbers.
"""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import functools
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

# Nothing else is imported here: children of multiprocessing import this module again, and that is no cost of theirs.

Call = Callable[[], object]

#: Calls of one sample: an executor starts the process of the next call when one has ended, which must be paid as well.
_CALLS = 4


async def nothing() -> int:
    """Async, for those who drive coroutine functions; the others get ``os.getpid`` itself."""
    return os.getpid()


def _executor(workers: int, method: str) -> Any:
    # Typed for an older Python, which has no max_tasks_per_child.
    make: Any = concurrent.futures.ProcessPoolExecutor
    return make(workers, mp_context=multiprocessing.get_context(method), max_tasks_per_child=1)


async def _anyio(rounds: int) -> list[float]:
    """It keeps its process for the next call: what a call leaves there, the next one meets."""
    import anyio.to_process

    found = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        for _ in range(_CALLS):
            await anyio.to_process.run_sync(os.getpid)
        found.append((time.perf_counter() - start) / _CALLS)
    return found[1:]


def _seconds_a_call(call: Call) -> float:
    start = time.perf_counter()
    for _ in range(_CALLS):
        call()
    return (time.perf_counter() - start) / _CALLS


def single_calls(rounds: int) -> dict[str, list[float]]:
    """Seconds a call, one at a time; by turns, so that what else the machine does hits all alike."""
    from isolated_async import run_isolated

    found: dict[str, list[float]] = {}
    with _executor(1, "spawn") as spawning, _executor(1, "forkserver") as serving:
        contenders: dict[str, Call] = {
            "`run_isolated`": functools.partial(run_isolated, nothing),
            "`run_isolated(start='spawn')`": functools.partial(run_isolated, nothing, start="spawn"),
            "`ProcessPoolExecutor`, forkserver, `max_tasks_per_child=1`": lambda: serving.submit(os.getpid).result(),
            "`ProcessPoolExecutor`, spawn, `max_tasks_per_child=1`": lambda: spawning.submit(os.getpid).result(),
            "`python -c pass`": lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
        }
        for call in contenders.values():
            call()
        for _ in range(rounds):
            for name, call in contenders.items():
                found.setdefault(name, []).append(_seconds_a_call(call))
    found["`anyio.to_process.run_sync`, which reuses its process"] = asyncio.run(_anyio(rounds))
    return found


def throughput(calls: int, workers: int) -> dict[str, float]:
    """Milliseconds a call, of many."""
    from isolated_async import IsolatedPool

    found = {}
    with IsolatedPool(workers) as pool:
        pool.run(nothing)
        start = time.perf_counter()
        for future in [pool.submit(os.getpid) for _ in range(calls)]:
            future.result()
        found[f"`IsolatedPool({workers})`"] = (time.perf_counter() - start) / calls * 1000
    with _executor(workers, "forkserver") as executor:
        executor.submit(os.getpid).result()
        start = time.perf_counter()
        for future in [executor.submit(os.getpid) for _ in range(calls)]:
            future.result()
        name = f"`ProcessPoolExecutor({workers})`, forkserver, `max_tasks_per_child=1`"
        found[name] = (time.perf_counter() - start) / calls * 1000
    return found


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--calls", type=int, default=100)
    chosen = parser.parse_args()
    from benchmarks.bench import describe_machine, revision

    print(f"{describe_machine()}; {revision()}; load average {os.getloadavg()[0]:.1f}; {chosen.rounds} rounds\n")
    print("| one call, nothing else to do | median ms | min | max |\n| --- | ---: | ---: | ---: |")
    for name, seconds in single_calls(chosen.rounds).items():
        each = [1000 * second for second in seconds]
        print(f"| {name} | {statistics.median(each):.2f} | {min(each):.2f} | {max(each):.2f} |")
    print(f"\n| {chosen.calls} calls | ms a call |\n| --- | ---: |")
    for name, milliseconds in throughput(chosen.calls, workers=2).items():
        print(f"| {name} | {milliseconds:.2f} |")
    print(f"\nLoad average after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
