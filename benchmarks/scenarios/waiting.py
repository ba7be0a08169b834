"""Tests that wait: what several at a time gain."""

from __future__ import annotations

from benchmarks.contenders import with_collecting
from benchmarks.scenario import Scenario, Target
from benchmarks.suites import Suite
from benchmarks.tools import IN_PROCESS, ISOLATED, ISOLATED_2

_SUITE = Suite(100, seconds=0.02)

SCENARIO = Scenario(
    name="waiting",
    question="What do several tests at a time gain, where a test waits?",
    contenders=with_collecting(
        (
            IN_PROCESS.on(_SUITE),
            ISOLATED.on(_SUITE, base=IN_PROCESS.name),
            ISOLATED_2.on(_SUITE, base=IN_PROCESS.name),
        )
    ),
    rounds=9,
    targets=(
        Target(
            "2 workers, the whole command: times in process",
            0.6,
            lambda measured: measured.ratios(ISOLATED_2.name, IN_PROCESS.name),
        ),
    ),
    reading="100 tests, each of which awaits 20 ms.",
)
