"""300 tests that do nothing: all that remains is what a process a test costs."""

from __future__ import annotations

from benchmarks.contenders import fork_floor, with_collecting
from benchmarks.scenario import Scenario, Target
from benchmarks.suites import Suite
from benchmarks.tools import FORKED, FORKED_8_4, IN_PROCESS, ISOLATED, ISOLATED_2, OURS_ENVIRONMENT

_SUITE = Suite(300)
_FLOOR = fork_floor(OURS_ENVIRONMENT, _SUITE)


SCENARIO = Scenario(
    name="trivial",
    question="What does a process a test cost, where the test does nothing?",
    contenders=(
        *with_collecting(
            (
                IN_PROCESS.on(_SUITE),
                ISOLATED.on(_SUITE, base=IN_PROCESS.name),
                ISOLATED_2.on(_SUITE, base=IN_PROCESS.name),
                FORKED.on(_SUITE, base=IN_PROCESS.name),
                FORKED_8_4.on(_SUITE, base=IN_PROCESS.name),
            )
        ),
        _FLOOR,
    ),
    rounds=15,
    targets=(
        Target(
            "1 worker, a test: times pytest-forked with pytest 8.4",
            0.5,
            lambda measured: measured.per_test_ratios(ISOLATED.name, FORKED_8_4.name),
        ),
        Target(
            "1 worker, a test: times pytest-forked with pytest 9.1",
            0.5,
            lambda measured: measured.per_test_ratios(ISOLATED.name, FORKED.name),
        ),
        Target(
            "1 worker, a test: times a bare fork, exit and wait, and the test in process",
            1.3,
            lambda measured: measured.floor_ratios(ISOLATED.name, _FLOOR.name, IN_PROCESS.name),
        ),
        Target(
            "2 workers, the whole command: times in process",
            1.5,
            lambda measured: measured.ratios(ISOLATED_2.name, IN_PROCESS.name),
        ),
    ),
    reading="*Fork, exit, wait* is the floor: a process that has collected the same suite, its memory frozen, forks, "
    "leaves and waits once for each test, and runs none of it.",
)
