"""A fresh interpreter for each test: spawned workers, and a peer that starts one for each test too."""

from __future__ import annotations

from benchmarks.contenders import with_collecting
from benchmarks.scenario import Scenario, Target
from benchmarks.suites import Suite
from benchmarks.tools import PYTEST_ISOLATED, SPAWNED

_SUITE = Suite(20)

SCENARIO = Scenario(
    name="spawn",
    question="What does a fresh interpreter a test cost?",
    contenders=with_collecting((PYTEST_ISOLATED.on(_SUITE), SPAWNED.on(_SUITE, base=PYTEST_ISOLATED.name))),
    rounds=7,
    targets=(
        Target(
            "1 worker, a test: times pytest-isolated",
            0.6,
            lambda measured: measured.per_test_ratios(SPAWNED.name, PYTEST_ISOLATED.name),
        ),
    ),
    reading="20 tests. Both run one test at a time; isolated-async starts the next interpreter while a test runs.",
)
