"""How long tests take on each side, and what the other sides add.

All is sorted into bins here, so that a chart is as small for ten thousand tests as for ten. The time of a test is that
of its stages, the median over the runs; what a worker costs around them is in the time of the suite.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator

from isolated_async_workers.wire.light_dataclass import dataclass

from ...tally import Count, Tally, TestTally
from ..clean import clean, shortened
from ..wording import MS, spoken

#: Of the logarithmic scale of times.
_BINS_A_DECADE = 5
#: The shortest time that is told apart, in milliseconds: the scale has no zero.
SHORTEST_MS = 0.01
#: Of the linear scale of differences; the last hundredth at either end is not given room.
_BINS = 24
_LEFT_OUT = 0.01
#: Tests to which another side adds most.
_MOST = 10
_NAME_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Bin:
    """So many tests of a side between two numbers of milliseconds."""

    side: str
    low_ms: float
    high_ms: float
    tests: int
    told: str


@dataclass(frozen=True, slots=True)
class Dot:
    """The time of one test on one side."""

    test: str
    side: str
    ms: float
    told: str


def times(compared: Tally) -> list[Bin]:
    """How many tests take how long, on each side."""
    return [
        each
        for at, side in enumerate(compared.sides)
        for each in _logarithmic(spoken(side.name), [_ms(test.counts[at]) for test in _timed(compared)])
    ]


def differences(compared: Tally) -> list[Bin]:
    """How many tests take how much longer than on the first side, on each other side."""
    sides = range(1, len(compared.sides))
    added = {at: sorted(_added(test, at) for test in _timed(compared)) for at in sides}
    together = sorted(each for of_side in added.values() for each in of_side)
    if not together:
        return []
    edge = int(len(together) * _LEFT_OUT)
    low, width = _scale(together[edge], together[-1 - edge])
    return [each for at in sides for each in _linear(spoken(compared.sides[at].name), added[at], low, width)]


def slowest(compared: Tally) -> list[Dot]:
    """The tests to which another side adds most, on all sides; that with most first."""
    others = range(1, len(compared.sides))
    tests = sorted(_timed(compared), key=lambda test: -max(_added(test, at) for at in others))[:_MOST]
    labels = _labels([test.node_id for test in tests])
    return [
        Dot(
            label,
            name,
            max(SHORTEST_MS, ms),
            f"{shortened(clean(test.node_id), _NAME_CHARACTERS)}, {name}: {_told(ms)}",
        )
        for test, label in zip(tests, labels, strict=True)
        for side, count in zip(compared.sides, test.counts, strict=True)
        for name, ms in [(spoken(side.name), _ms(count))]
    ]


def _timed(compared: Tally) -> list[TestTally]:
    """Those that have ended on all sides."""
    return [test for test in compared.tests if all(count.seconds for count in test.counts)]


def _ms(count: Count) -> float:
    return statistics.median(count.seconds) * MS


def _added(test: TestTally, at: int) -> float:
    return _ms(test.counts[at]) - _ms(test.counts[0])


def _logarithmic(side: str, all_ms: list[float]) -> Iterator[Bin]:
    counted = Counter(math.floor(math.log10(max(SHORTEST_MS, ms)) * _BINS_A_DECADE) for ms in all_ms)
    for number, tests in sorted(counted.items()):
        low, high = 10 ** (number / _BINS_A_DECADE), 10 ** ((number + 1) / _BINS_A_DECADE)
        yield Bin(side, low, high, tests, f"{side}: {_tests(tests)} of {_told(low)} to {_told(high)}")


def _scale(low: float, high: float) -> tuple[float, float]:
    """Where the first bin begins, and how wide each is: a round number, so that zero is between two bins."""
    rough = max((high - low) / _BINS, 1e-3)
    power = 10 ** math.floor(math.log10(rough))
    width = next(step * power for step in (1, 2, 5, 10) if step * power >= rough)
    return math.floor(low / width) * width, width


def _linear(side: str, all_ms: list[float], low: float, width: float) -> Iterator[Bin]:
    counted = Counter(min(max(0, math.floor((ms - low) / width)), _BINS) for ms in all_ms)
    for number, tests in sorted(counted.items()):
        start = low + number * width
        told = f"{side}: {_tests(tests)} with {start:+.4g} to {start + width:+.4g} ms"
        yield Bin(side, start, start + width, tests, told)


def _labels(node_ids: list[str]) -> list[str]:
    """Names without their files, each of its own: a chart takes equal ones for one test."""
    labels: list[str] = []
    for node_id in node_ids:
        label = shortened(clean(node_id.partition("::")[2] or node_id), _NAME_CHARACTERS)
        while label in labels:
            label += "\N{PRIME}"
        labels.append(label)
    return labels


def _tests(number: int) -> str:
    return f"{number:,} test{'' if number == 1 else 's'}"


def _told(ms: float) -> str:
    return f"{ms / MS:.3g} s" if ms >= MS else f"{ms:.3g} ms"
