"""A function in a process of its own: ``run_isolated``, its pool, and what else calls functions in processes."""

from __future__ import annotations

from benchmarks.contenders import Program
from benchmarks.environments import Environment
from benchmarks.scenario import Scenario
from benchmarks.tools import OURS

_ENVIRONMENT = Environment("calls", (*OURS, "anyio==4.16.0"), with_project=True)
_OURS = "`run_isolated`"
_OUR_POOL = "100 calls: `IsolatedPool(2)`"


def _program(name: str, contender: str, base: str = _OURS) -> Program:
    return Program(name, _ENVIRONMENT, "calls.py", (contender,), "ms", base)


SCENARIO = Scenario(
    name="calls",
    question="What does a call in a process of its own cost?",
    contenders=(
        _program(_OURS, "run_isolated", base=""),
        _program("`run_isolated(start='spawn')`", "run_isolated_spawn"),
        _program("`ProcessPoolExecutor`, forkserver, `max_tasks_per_child=1`", "executor_forkserver"),
        _program("`ProcessPoolExecutor`, spawn, `max_tasks_per_child=1`", "executor_spawn"),
        _program("`python -c pass`", "interpreter"),
        _program("`anyio.to_process.run_sync`, which keeps its process", "anyio"),
        _program(_OUR_POOL, "isolated_pool", base=""),
        _program(
            "100 calls: `ProcessPoolExecutor(2)`, forkserver, `max_tasks_per_child=1`",
            "executor_pool",
            base=_OUR_POOL,
        ),
    ),
    rounds=15,
    reading="Each sample is four calls of a function that does nothing, one after another, after one that does not "
    "count: an executor starts the process of the next call when one has ended, and that is paid as well. *100 calls* "
    "are made two at a time. Where calls may share a process, one that is kept costs next to nothing; it keeps what a "
    "call has left.",
)
