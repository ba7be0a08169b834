"""One worker a module: what is left of the cost where the tests of a module share one."""

from __future__ import annotations

from benchmarks.contenders import with_collecting
from benchmarks.scenario import Scenario, Target
from benchmarks.suites import Suite
from benchmarks.tools import GROUPED, IN_PROCESS

_SUITE = Suite(300, scope="module")

SCENARIO = Scenario(
    name="module",
    question="What does a process a module cost?",
    contenders=with_collecting((IN_PROCESS.on(_SUITE), GROUPED.on(_SUITE, base=IN_PROCESS.name))),
    rounds=15,
    targets=(
        Target(
            "the whole command: times in process",
            1.2,
            lambda measured: measured.ratios(GROUPED.name, IN_PROCESS.name),
        ),
    ),
    reading='300 tests in ten modules that are marked `isolated_loop(scope="module")`. In process means: in an '
    "environment without the plugin.",
)
