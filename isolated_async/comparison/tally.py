"""What the runs of several sides say of each test, and of the suite: each other side is compared with the first."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count as numbers
from typing import Literal, get_args

from isolated_async_workers.wire.light_dataclass import dataclass

from .chance import fisher_exact
from .reproducing import NOTHING, Asked
from .runs import Recorded, Run

#: Passes on the first side without having run; fails on the other alone; on the first alone; ends otherwise in another
#: way; does not always end the same, and no more than chance is between the sides; never ended on a side that has never
#: come to the end of the suite; nothing of that.
Kind = Literal["green", "revealed", "cured", "different", "flaky", "uncompared", "same"]
#: What is to be said first comes first.
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Where the p-value is at most that, a difference is called one beyond chance.
BEYOND_CHANCE = 0.05
#: Runs of each side from which on all to nothing is.
ENOUGH_RUNS = next(runs for runs in numbers(1) if fisher_exact(runs, runs, 0, runs) <= BEYOND_CHANCE)


@dataclass(frozen=True, slots=True)
class Count:
    """One test on one side, over all runs in which it ended.

    Attributes:
        ends: the outcome of each of these runs, in turn.
        seconds: that its stages took in each.
        why: the first line of a failure.
        of_whole: a run of this side has come to the end of the suite: what has never ended is not in it.
        isolated: it was, in one of these runs.
    """

    outcomes: Counter[str]
    ends: tuple[str, ...]
    seconds: tuple[float, ...]
    why: str
    of_whole: bool
    isolated: bool

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

    @property
    def failures(self) -> int:
        """The runs in which it failed."""
        return self.outcomes["failed"] + self.outcomes["error"]

    def describe(self) -> str:
        """``passed 2 of 3, failed 1 of 3``."""
        if not self.outcomes:
            return "never ended"
        return ", ".join(f"{outcome} {count} of {self.runs}" for outcome, count in self.outcomes.most_common())


@dataclass(frozen=True, slots=True)
class Pair:
    """One test on the first side, and on another.

    Attributes:
        green: it passes on the first side without having run.
        p_value: how likely counts at least as uneven are where nothing is different.
    """

    first: Count
    other: Count
    green: bool
    p_value: float

    @property
    def differs(self) -> bool:
        """True if it always ends otherwise, or so more often than chance has it, or if one side does not have it."""
        if self.is_uncompared:
            return False
        always = self.is_missing or not self.is_flaky
        return self.is_beyond_chance or (always and self.first.usual != self.other.usual)

    @property
    def is_missing(self) -> bool:
        """True if it has never ended on one of the sides."""
        return not (self.first.runs and self.other.runs)

    @property
    def is_uncompared(self) -> bool:
        """True if it may be missing only because that side was broken off each time."""
        return any(not count.runs and not count.of_whole for count in (self.first, self.other))

    @property
    def is_beyond_chance(self) -> bool:
        return self.p_value <= BEYOND_CHANCE

    @property
    def is_flaky(self) -> bool:
        return self.first.is_flaky or self.other.is_flaky

    @property
    def kind(self) -> Kind:
        """The one thing that is to be said of it first."""
        if self.green:
            return "green"
        if self.is_uncompared:
            return "uncompared"
        if not self.differs:
            return "flaky" if self.is_flaky else "same"
        first, other = self._failing
        if self.is_missing or first == other:
            return "different"
        return "cured" if first > other else "revealed"

    @property
    def _failing(self) -> tuple[float, float]:
        """How much it fails on both sides: beyond chance the shares of its runs, otherwise what it usually does."""
        first, other = self.first, self.other
        if fisher_exact(first.failures, first.runs, other.failures, other.runs) <= BEYOND_CHANCE:
            return first.failures / first.runs, other.failures / other.runs
        return float(first.fails), float(other.fails)


@dataclass(frozen=True, slots=True)
class TestTally:
    """One test on all sides.

    Attributes:
        counts: of each side.
        pairs: of each side but the first.
    """

    __test__ = False

    node_id: str
    counts: tuple[Count, ...]
    pairs: tuple[Pair, ...]

    @property
    def kind(self) -> Kind:
        """Of all that is to be said of its pairs, what comes first."""
        return min((pair.kind for pair in self.pairs), key=KINDS.index)

    @property
    def differs(self) -> bool:
        """True if it does so on one of the other sides."""
        return any(pair.differs for pair in self.pairs)

    @property
    def is_worth_a_failure(self) -> bool:
        """True if it ends otherwise, or has not run on the first side though it passes there."""
        return self.differs or self.kind == "green"


@dataclass(frozen=True, slots=True)
class SideTally:
    """The suite on one side: medians over the runs that were not broken off.

    Attributes:
        runs: how many these are.
        broken_off: how many others there are, in which pytest died, or was told to end.
        isolated: of the tests, how many were isolated.
        overhead_s: seconds by which a test takes longer than on the first side, if the suite's time is shared evenly.
        last: the last of the runs that were not broken off, for what shows one run; None if there is none.
    """

    name: str
    runs: int
    broken_off: int
    tests: int
    isolated: int
    wall_s: float
    cpu_s: float
    peak_bytes: int
    overhead_s: float
    last: Run | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Several sides of one suite.

    Attributes:
        asked: what was compared, for what tells how to do it again.
    """

    sides: tuple[SideTally, ...]
    tests: tuple[TestTally, ...]
    asked: Asked = NOTHING

    @property
    def has_differences(self) -> bool:
        """True if there is such a test."""
        return any(test.is_worth_a_failure for test in self.tests)

    @property
    def is_partial(self) -> bool:
        """True if a side has never come to the end of the suite."""
        return not all(side.runs for side in self.sides)

    @property
    def failing(self) -> list[TestTally]:
        """The tests that fail, the same on all sides."""
        return [test for test in self.of("same") if test.counts[0].fails]

    @property
    def passing(self) -> list[TestTally]:
        """The tests that pass, the same on all sides."""
        return [test for test in self.of("same") if test.counts[0].usual == "passed"]

    def of(self, kind: Kind) -> list[TestTally]:
        """The tests of which this is to be said first."""
        return [test for test in self.tests if test.kind == kind]


def tally(sides: Mapping[str, Sequence[Run]], asked: Asked = NOTHING) -> Tally:
    """Of the runs of at least two sides, by their names."""
    names = dict.fromkeys(name for runs in sides.values() for run in runs for name in run.tests)
    of_whole = [any(run.is_whole for run in runs) for runs in sides.values()]
    tests = tuple(_test(name, [_of(name, runs) for runs in sides.values()], of_whole) for name in names)
    return Tally(_sides(sides), tests, asked)


def _of(name: str, runs: Sequence[Run]) -> list[Recorded]:
    return [run.tests[name] for run in runs if name in run.tests]


def _test(name: str, recorded: Sequence[list[Recorded]], of_whole: Sequence[bool]) -> TestTally:
    first, *others = counts = [_count(each, whole) for each, whole in zip(recorded, of_whole, strict=True)]
    # What one side has found out of the first is so, whatever the first is compared with.
    green = first.outcomes["passed"] > 0 and any(each.green for of_side in recorded for each in of_side)
    return TestTally(name, tuple(counts), tuple(_pair(first, other, green) for other in others))


def _pair(first: Count, other: Count, green: bool) -> Pair:
    usual = first.usual
    p_value = fisher_exact(first.outcomes[usual], first.runs, other.outcomes[usual], other.runs)
    return Pair(first, other, green, p_value)


def _count(recorded: list[Recorded], of_whole: bool) -> Count:
    return Count(
        Counter(each.outcome for each in recorded),
        tuple(each.outcome for each in recorded),
        tuple(each.seconds for each in recorded),
        next((each.why for each in recorded if each.why), ""),
        of_whole,
        any(each.isolated for each in recorded),
    )


def _sides(sides: Mapping[str, Sequence[Run]]) -> tuple[SideTally, ...]:
    told: list[SideTally] = []
    for name, runs in sides.items():
        side = _side(name, runs)
        if told and told[0].runs and side.runs:
            side = replace(side, overhead_s=(side.wall_s - told[0].wall_s) / max(1, side.tests))
        told.append(side)
    return tuple(told)


def _side(name: str, runs: Sequence[Run]) -> SideTally:
    whole = [run for run in runs if run.is_whole]
    return SideTally(
        name,
        len(whole),
        len(runs) - len(whole),
        max((len(run.tests) for run in runs), default=0),
        max((sum(each.isolated for each in run.tests.values()) for run in runs), default=0),
        statistics.median([run.wall_s for run in whole] or [0.0]),
        statistics.median([run.cpu_s for run in whole] or [0.0]),
        max((run.peak_bytes for run in whole), default=0),
        0.0,
        whole[-1] if whole else None,
    )
