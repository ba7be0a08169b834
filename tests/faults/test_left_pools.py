"""A test that leaves pools of processes running, in every way in which multiprocessing starts them."""

from __future__ import annotations

import pytest

from . import survivors
from .fault import DIED_IN_CALL, PASSED, Fault, Outcome, check

FILES = survivors.FILES
ARGUMENTS = survivors.ARGUMENTS

POOL = """
from notes import *
import multiprocessing, multiprocessing.pool

def note_servants():
    # The fork server and the resource tracker are no children that multiprocessing tells of.
    with open("/proc/self/task/%d/children" % os.getpid()) as file:
        for pid in file.read().split():
            note(pid)

def test_fault():
    pool = multiprocessing.get_context("{method}").Pool(2)
    assert pool.apply(abs, (-1,)) == 1
    note_servants()
    for child in multiprocessing.active_children():
        note(child.pid)
    pool.apply_async(time.sleep, (1000,))
    {end}
"""

FAULTS = [
    *(Fault(f"pool_of_{method}", POOL.format(method=method, end=""), PASSED) for method in ("fork", "forkserver")),
    Fault("pool_of_spawn", POOL.format(method="spawn", end=""), PASSED),
    Fault(
        "pool_and_death",
        POOL.format(method="fork", end="os._exit(0)"),
        DIED_IN_CALL,
        says=("exited with status 0 during call",),
    ),
    *(
        Fault(
            f"executor_of_{method}",
            f"""
            from notes import *
            import asyncio, concurrent.futures, multiprocessing

            async def test_fault():
                context = multiprocessing.get_context("{method}")
                executor = concurrent.futures.ProcessPoolExecutor(2, context)
                loop = asyncio.get_running_loop()
                assert await loop.run_in_executor(executor, abs, -1) == 1
                for pid in executor._processes:
                    note(pid)
                executor.submit(time.sleep, 1000)
            """,
            PASSED,
        )
        for method in ("fork", "spawn")
    ),
    Fault(
        "manager_and_daemon_process",
        """
        from notes import *
        import multiprocessing

        def test_fault():
            context = multiprocessing.get_context("fork")
            manager = context.Manager()
            assert list(manager.list([1])) == [1]
            process = context.Process(target=sleep, daemon=True)
            process.start()
            for child in multiprocessing.active_children():
                note(child.pid)
        """,
        PASSED,
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_left_pools(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
    survivors.check_that_all_are_gone(fault, outcome)


def test_nothing_of_the_run_is_alive(outcome: Outcome) -> None:
    assert survivors.processes_with(f"SUITE={outcome.directory}") == []
