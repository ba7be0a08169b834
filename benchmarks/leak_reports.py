"""What do leak reports cost? Micro loops in one process, and one suite of trivial tests with them on and off.

::

    micro:  a child per sample, by turns with and without Origins: ns per operation --> medians, median of pair ratios
    suite:  pytest --isolated-loop --isolated-loop-leaks=ignore | warn, by turns     --> the same, wall and CPU

README.md next to this file says how to run it and how to read the numbers.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.bench import describe_machine, revision, write_suite
from isolated_async_workers.leaks.origins import Origins

#: Operations of one micro sample: some tens of milliseconds.
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


MICRO: tuple[Callable[[], Awaitable[None]], ...] = (
    await_coroutine,
    create_task_and_await,
    create_future,
    sleep,
    queue,
)


def sample_micro(body: Callable[[], Awaitable[None]], watched: bool) -> float:
    """Nanoseconds per operation, in a child process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        origins = Origins()
        origins.install()
        if watched:
            origins.start()
        loop = asyncio.new_event_loop()
        started = time.perf_counter()
        loop.run_until_complete(body())
        os.write(writer, repr((time.perf_counter() - started) / _OPERATIONS * 1e9).encode())
        os._exit(0)
    os.close(writer)
    with open(reader) as file:
        text = file.read()
    os.waitpid(child, 0)
    return float(text)


def sample_suite(directory: Path, leaks: str) -> tuple[float, float]:
    """Wall and CPU seconds of one whole run."""
    command = [sys.executable, "-m", "pytest", "-q", "--isolated-loop", f"--isolated-loop-leaks={leaks}"]
    # The project's own environment has it for its tests; it does not load beside syrupy.
    command += ["-p", "no:snapshot"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, cwd=directory, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def report(name: str, unit: str, without: list[float], with_reports: list[float]) -> None:
    """One line of the table."""
    ratio = statistics.median(b / a for a, b in zip(without, with_reports, strict=True))
    print(
        f"| {name} | {statistics.median(without):.4g} {unit} | {statistics.median(with_reports):.4g} {unit} "
        f"| {ratio:.3f} |",
        flush=True,
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9, help="pairs of samples (default 9)")
    parser.add_argument("--tests", type=int, default=300, help="tests in the suite; 0: micro loops only (default 300)")
    arguments = parser.parse_args()
    print(f"commit {revision()}; {describe_machine()}; {arguments.rounds} pairs; load {os.getloadavg()[0]:.1f}\n")
    print("| what | ignore | warn | median ratio of pairs |\n| --- | ---: | ---: | ---: |")
    for body in MICRO:
        pairs = [(sample_micro(body, False), sample_micro(body, True)) for _ in range(arguments.rounds)]
        report(body.__name__, "ns", [a for a, _ in pairs], [b for _, b in pairs])
    if arguments.tests:
        with tempfile.TemporaryDirectory(prefix="leak-reports-") as name:
            write_suite(Path(name), arguments.tests)
            sample_suite(Path(name), "warn")
            runs = [
                (sample_suite(Path(name), "ignore"), sample_suite(Path(name), "warn")) for _ in range(arguments.rounds)
            ]
        for index, what in enumerate(("wall", "CPU")):
            without, with_reports = [a[index] for a, _ in runs], [b[index] for _, b in runs]
            report(f"{arguments.tests} trivial tests, {what}", "s", without, with_reports)
    print(f"\nload after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
