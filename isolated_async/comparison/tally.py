"""What the runs of two sides say of each test, and of the suite."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .chance import fisher_exact
from .runs import Recorded, Run

#: Passes without having run; fails on the first side alone; on the second alone; ends otherwise in another way; does
#: not always end the same, and no more than chance is between the sides; nothing of that.
Kind = Literal["green", "cured", "revealed", "different", "flaky", "same"]
#: Where the p-value is at most that, a difference is called one beyond chance.
BEYOND_CHANCE = 0.05


@dataclass(frozen=True, slots=True)
class Count:
    """One test on one side, over all runs in which it ended."""

    outcomes: Counter[str]
    seconds: tuple[float, ...]
    why: str

    @property
    def runs(self) -> int:
        return sum(self.outcomes.values())

    @property
    def usual(self) -> str:
        """The outcome that it has most often, of equals the same on both sides; empty if it never ended."""
        return max(self.outcomes, key=lambda outcome: (self.outcomes[outcome], outcome), default="")

    @property
    def is_flaky(self) -> bool:
        return len(self.outcomes) > 1

    @property
    def fails(self) -> bool:
        """True if it usually does."""
        return self.usual in ("failed", "error")

    def describe(self) -> str:
        """``passed 2 of 3, failed 1 of 3``."""
        if not self.outcomes:
            return "never ended"
        return ", ".join(f"{outcome} {count} of {self.runs}" for outcome, count in self.outcomes.most_common())


@dataclass(frozen=True, slots=True)
class TestTally:
    """One test on both sides.

    Attributes:
        green: it passes on the first side without having run.
        p_value: how likely counts at least as uneven are where nothing is different.
    """

    __test__ = False

    node_id: str
    first: Count
    second: Count
    green: bool
    p_value: float

    @property
    def differs(self) -> bool:
        """True if it always ends otherwise, or so more often than chance has it."""
        return self.is_beyond_chance or (not self.is_flaky and self.first.usual != self.second.usual)

    @property
    def is_beyond_chance(self) -> bool:
        return self.p_value <= BEYOND_CHANCE

    @property
    def is_flaky(self) -> bool:
        return self.first.is_flaky or self.second.is_flaky

    @property
    def is_worth_a_failure(self) -> bool:
        """True if it ends otherwise, or has not run on the first side though it passes there."""
        return self.differs or self.green

    @property
    def kind(self) -> Kind:
        """The one thing that is to be said of it first."""
        if self.green:
            return "green"
        if not self.differs:
            return "flaky" if self.is_flaky else "same"
        if self.first.fails == self.second.fails:
            return "different"
        return "cured" if self.first.fails else "revealed"


@dataclass(frozen=True, slots=True)
class SideTally:
    """The suite on one side: medians over the runs that were not broken off.

    Attributes:
        runs: how many these are.
        broken_off: how many others there are, in which pytest died, or was told to end.
    """

    name: str
    runs: int
    broken_off: int
    tests: int
    wall_s: float
    cpu_s: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Two sides of one suite."""

    first: SideTally
    second: SideTally
    tests: tuple[TestTally, ...]

    @property
    def overhead_s(self) -> float:
        """Seconds by which a test takes longer on the second side, if the suite's time is shared evenly."""
        return (self.second.wall_s - self.first.wall_s) / max(1, self.second.tests)

    @property
    def has_differences(self) -> bool:
        """True if there is such a test."""
        return any(test.is_worth_a_failure for test in self.tests)

    def of(self, kind: Kind) -> list[TestTally]:
        """The tests of which this is to be said."""
        return [test for test in self.tests if test.kind == kind]


def tally(sides: Mapping[str, Sequence[Run]]) -> Tally:
    """Of the runs of two sides, by their names."""
    (first_name, first), (second_name, second) = sides.items()
    names = dict.fromkeys(name for run in (*first, *second) for name in run.tests)
    tests = tuple(_test(name, _of(name, first), _of(name, second)) for name in names)
    return Tally(_side(first_name, first), _side(second_name, second), tests)


def _of(name: str, runs: Sequence[Run]) -> list[Recorded]:
    return [run.tests[name] for run in runs if name in run.tests]


def _test(name: str, first: list[Recorded], second: list[Recorded]) -> TestTally:
    counts = _count(first), _count(second)
    usual = counts[0].usual
    agreeing = [count.outcomes[usual] for count in counts]
    p_value = fisher_exact(agreeing[0], counts[0].runs, agreeing[1], counts[1].runs)
    green = counts[0].outcomes["passed"] > 0 and any(each.green for each in (*first, *second))
    return TestTally(name, *counts, green, p_value)


def _count(recorded: list[Recorded]) -> Count:
    return Count(
        Counter(each.outcome for each in recorded),
        tuple(each.seconds for each in recorded),
        next((each.why for each in recorded if each.why), ""),
    )


def _side(name: str, runs: Sequence[Run]) -> SideTally:
    whole = [run for run in runs if run.is_whole]
    return SideTally(
        name,
        len(whole),
        len(runs) - len(whole),
        max((len(run.tests) for run in runs), default=0),
        statistics.median([run.wall_s for run in whole] or [0.0]),
        statistics.median([run.cpu_s for run in whole] or [0.0]),
        max((run.peak_bytes for run in whole), default=0),
    )
