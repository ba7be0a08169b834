"""Delta debugging and its decisions, on tests that are made up: who fails after whom is known, and how often."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import pytest

from isolated_async.diagnosis.decision import MOST_RUNS, WRONG, Count, Decision, Rates
from isolated_async.diagnosis.diagnosis import Investigation
from isolated_async.diagnosis.findings import Diagnosis
from isolated_async.diagnosis.formats import as_text
from isolated_async.diagnosis.judge import Judge
from isolated_async.diagnosis.probers import Probers
from isolated_async.diagnosis.search import minimize
from isolated_async_workers.wire.probes import KnownSuite, KnownTest, Probe, Probed

from .conftest import NoChecks

ALWAYS = Rates.of(Count(0, 4), Count(4, 4))


class World:
    """Says how the victim ends after some tests: it fails after each of these sets, so often."""

    def __init__(self, *sets: set[int], rate: float = 1.0, alone: float = 0.0, seed: int = 0) -> None:
        self._sets = sets
        self._rate = rate
        self._alone = alone
        self._random = random.Random(seed)
        self.probes = 0

    def ask(self, probes: Sequence[Probe]) -> Iterator[Probed]:
        for probe in probes:
            self.probes += 1
            pollutes = any(each <= set(map(int, probe.tests)) for each in self._sets)
            fails = self._random.random() < (self._rate if pollutes else self._alone)
            yield Probed("failed" if fails else "passed")


def judge(world: World, rates: Rates) -> Judge[int]:
    return Judge(
        world.ask,
        lambda tests: Probe(tuple(map(str, tests)), 1.0),
        rates,
        lambda probed: probed.outcome == "failed",
    )


def smallest(world: World, tests: int, rates: Rates = ALWAYS) -> set[int]:
    return set(minimize(range(tests), judge(world, rates).find, lambda _: None))


@pytest.mark.parametrize("tests", [1, 2, 3, 7, 64, 100])
def test_one_polluter_wherever_it_is(tests: int) -> None:
    for polluter in range(tests):
        assert smallest(World({polluter}), tests) == {polluter}


def test_one_polluter_of_many_takes_few_probes() -> None:
    for polluter in (0, 777, 1999):
        world = World({polluter})
        assert smallest(world, 2000) == {polluter}
        assert world.probes <= 2 * 11


def test_those_that_need_each_other_stay_together() -> None:
    for pair in combinations(range(9), 2):
        assert smallest(World(set(pair)), 9) == set(pair)
    assert smallest(World({3, 500, 1234}), 1500) == {3, 500, 1234}


def test_of_several_that_suffice_the_last_is_found() -> None:
    assert smallest(World({3}, {40}), 50) == {40}
    assert smallest(World({3}, {7, 40}), 50) in ({3}, {7, 40})


@pytest.mark.parametrize("rate", [0.9, 0.5, 0.3])
def test_a_polluter_that_does_not_always_pollute(rate: float) -> None:
    # As many runs as the confirmation makes where outcomes are mixed.
    rates = Rates.of(Count(0, 12), Count(round(12 * rate), 12))
    found = [smallest(World({seed % 60}, rate=rate, seed=seed), 60, rates) == {seed % 60} for seed in range(100)]
    assert sum(found) >= 93


def test_a_victim_that_fails_alone_now_and_then() -> None:
    rates = Rates.of(Count(2, 12), Count(12, 12))
    found = [smallest(World({seed % 60}, alone=0.15, seed=seed), 60, rates) == {seed % 60} for seed in range(100)]
    assert sum(found) >= 90


def test_two_that_need_each_other_and_do_not_always_pollute() -> None:
    rates = Rates.of(Count(0, 12), Count(6, 12))
    found = [smallest(World({3, 21}, rate=0.5, seed=seed), 30, rates) == {3, 21} for seed in range(40)]
    assert sum(found) >= 34


@pytest.mark.parametrize("rates", [ALWAYS, Rates(0.05, 0.5), Rates(0.3, 0.8)], ids=str)
def test_a_decision_is_as_rarely_wrong_as_it_says(rates: Rates) -> None:
    chance = random.Random(1)
    for truth, rate in (("fails", rates.company), ("passes", rates.alone)):
        wrong, runs = 0, 0
        for _ in range(2000):
            decision = Decision(rates)
            while decision.answer is None:
                decision.add(failed=chance.random() < rate, outcome="")
            wrong += decision.answer != truth
            runs += decision.count.runs
        assert wrong / 2000 <= 2 * WRONG
        assert runs / 2000 < MOST_RUNS / 2


def test_how_many_runs_a_plain_decision_takes() -> None:
    decision = Decision(ALWAYS)
    decision.add(failed=True, outcome="")
    assert decision.answer == "fails"
    decision = Decision(ALWAYS)
    decision.add(failed=False, outcome="")
    assert decision.answer is None
    decision.add(failed=False, outcome="")
    assert decision.answer == "passes"


def test_a_set_is_asked_once_however_often_it_comes() -> None:
    world = World({1})
    judged = judge(world, ALWAYS)
    assert [judged.is_so([1, 2]), judged.is_so([3]), judged.is_so([1, 2]), judged.is_so([3])] == [True, False] * 2
    assert world.probes == 3
    assert judged.count([3]) == Count(0, 2, "", "passed")


@pytest.mark.parametrize("rates", [Rates.of(Count(0, 1), Count(1, 1)), Rates.of(Count(1, 2), Count(12, 12))], ids=str)
def test_rates_of_few_runs_lead_to_a_decision(rates: Rates) -> None:
    assert 0 < rates.alone < rates.company < 1
    for failed in (True, False):
        decision = Decision(rates)
        for _ in range(MOST_RUNS):
            decision.add(failed=failed, outcome="")
        assert decision.answer == ("fails" if failed else "passes")


class Simulated(Probers):
    """Of a suite whose last test is the victim."""

    def __init__(self, world: World, before: int) -> None:
        super().__init__([], Path(), 1)
        self.suite = KnownSuite(tuple(KnownTest(str(each), str(each), "test_a.py") for each in range(before + 1)))
        self._world = world

    def ask(self, asked: Sequence[Probe]) -> Iterator[Probed]:
        return self._world.ask(asked)


def diagnosed(world: World, runs: int) -> Diagnosis:
    """The whole way, with 20 tests before the victim."""
    probers = Simulated(world, 20)
    investigation = Investigation(probers, probers.suite.tests[-1], 1.0, NoChecks(Path()), lambda _: None)
    investigation.investigate(runs)
    return investigation.diagnosis


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.1, 0.2, 0.5])
def test_a_test_that_fails_now_and_then_has_no_polluters(rate: float) -> None:
    found = [diagnosed(World(alone=rate, seed=seed), 4) for seed in range(200)]
    assert sum(each.verdict == "found" for each in found) <= 1
    assert all(each.problem for each in found if each.verdict == "not found")
    # What is not beyond chance is not searched for.
    assert sum(each.verdict == "not found" and not each.company.failed for each in found) == 0


@pytest.mark.parametrize(("rate", "alone", "runs"), [(1.0, 0.0, 1), (0.75, 0.0, 4), (0.5, 0.0, 10), (1.0, 0.2, 4)])
def test_a_polluter_that_is_beyond_chance_is_found_all_the_same(rate: float, alone: float, runs: int) -> None:
    found = [diagnosed(World({seed % 20}, rate=rate, alone=alone, seed=seed), runs) for seed in range(100)]
    named = [
        each.verdict == "found" and list(each.polluters[0].tests) == [str(at % 20)] for at, each in enumerate(found)
    ]
    assert sum(named) >= 89
    assert all(each.problem for each in found if each.verdict == "not found")


def test_what_is_not_beyond_chance_is_said_so() -> None:
    found = next(
        each
        for each in (diagnosed(World(alone=0.05, seed=seed), 4) for seed in range(200))
        if each.company.failed == 1 and not each.alone.failed
    )
    assert found.verdict == "not found"
    assert found.problem == (
        "it fails now and then, and no more often in company than chance has it (alone 0 of 12, in company 1 of 12): "
        "more runs tell more, --runs 12"
    )
    found = next(
        each for each in (diagnosed(World(alone=0.5, seed=seed), 4) for seed in range(9)) if each.alone.is_mixed
    )
    assert found.verdict == "fails alone"
    assert as_text(found).startswith("20 fails alone: it fails now and then, and no more often in company than chance")
