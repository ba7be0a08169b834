"""Leak reports: what they add to a suite, and to what asyncio does most."""

from __future__ import annotations

from benchmarks.contenders import Contender, Program, with_collecting
from benchmarks.scenario import Scenario
from benchmarks.suites import Suite
from benchmarks.tools import ISOLATED, OURS_ENVIRONMENT

_SUITE = Suite(300)
_LOOPS = ("await_coroutine", "create_task_and_await", "create_future", "sleep", "queue")
_OPTION = "--isolated-loop-leaks"


def _suites() -> tuple[Contender, ...]:
    return with_collecting(
        tuple(
            Contender(
                policy,
                OURS_ENVIRONMENT,
                _SUITE,
                (*ISOLATED.arguments, f"{_OPTION}={policy}"),
                ISOLATED.kind,
                base="" if policy == "ignore" else "ignore",
            )
            for policy in ("ignore", "warn")
        )
    )


def _loops() -> tuple[Program, ...]:
    return tuple(
        Program(
            f"{loop}, {policy}",
            OURS_ENVIRONMENT,
            "leak_loops.py",
            (loop, policy),
            "ns",
            base="" if policy == "ignore" else f"{loop}, ignore",
        )
        for loop in _LOOPS
        for policy in ("ignore", "warn")
    )


SCENARIO = Scenario(
    name="leaks",
    question="What do leak reports cost?",
    contenders=(*_suites(), *_loops()),
    rounds=9,
    reading="`ignore` and `warn` are the policies. The loops do one thing 20,000 times, in a process of their own.",
)
