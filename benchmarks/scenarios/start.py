"""Six tests: what it costs to switch isolation on."""

from __future__ import annotations

from benchmarks.scenario import Scenario, Target
from benchmarks.suites import Suite
from benchmarks.tools import FORKED, IN_PROCESS, ISOLATED

_SUITE = Suite(6)

SCENARIO = Scenario(
    name="start",
    question="What does it cost to switch isolation on?",
    contenders=(
        IN_PROCESS.on(_SUITE),
        ISOLATED.on(_SUITE, base=IN_PROCESS.name),
        FORKED.on(_SUITE, base=IN_PROCESS.name),
    ),
    rounds=21,
    targets=(
        Target(
            "seconds that pytest's summary says",
            0.10,
            lambda measured: measured.values(ISOLATED.name, "summary_s"),
        ),
        Target(
            "the whole command: times in process",
            1.15,
            lambda measured: measured.ratios(ISOLATED.name, IN_PROCESS.name),
        ),
    ),
    reading="Six tests.",
)
