"""The arithmetic: medians, quartiles, and ratios of pairs. A pair is what two contenders took in the same round."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A median with the quartiles next to it, which say how far it can be trusted."""

    median: float
    low: float
    high: float

    def text(self, digits: int) -> str:
        """``1.23 (1.20-1.31)``; without the quartiles where they say nothing more."""
        median, low, high = (f"{value:.{digits}f}" for value in (self.median, self.low, self.high))
        return median if low == high else f"{median} ({low}-{high})"


def figure(values: Sequence[float]) -> Figure:
    """Of at least one value; of fewer than four, the quartiles are the smallest and the largest."""
    if len(values) < 4:
        return Figure(statistics.median(values), min(values), max(values))
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Figure(median, low, high)


def pair_ratios(mine: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """For each round, how many times theirs mine is."""
    return [a / b for a, b in zip(mine, theirs, strict=True)]


def per_test_ms(whole: Sequence[float], collecting: Sequence[float], tests: int) -> list[float]:
    """For each round, milliseconds per test of what follows collection, from seconds of whole commands."""
    return [(a - b) * 1000 / tests for a, b in zip(whole, collecting, strict=True)]
