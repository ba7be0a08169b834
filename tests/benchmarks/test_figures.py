"""Medians, quartiles, ratios of pairs, and what a test costs."""

from __future__ import annotations

import pytest

from benchmarks.figures import Figure, figure, pair_ratios
from tests.benchmarks.made_up import commands, entry, measured


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0], Figure(3, 3, 3)),
        ([4.0, 1.0], Figure(2.5, 1, 4)),
        ([9.0, 1.0, 2.0], Figure(2, 1, 9)),
        ([5.0, 1.0, 3.0, 2.0, 4.0], Figure(3, 2, 4)),
    ],
)
def test_a_median_has_its_quartiles(values: list[float], expected: Figure) -> None:
    assert figure(values) == expected


def test_quartiles_that_say_nothing_more_are_not_shown() -> None:
    assert Figure(1.234, 1.2, 1.306).text(2) == "1.23 (1.20-1.31)"
    assert Figure(1.001, 1.0, 1.004).text(2) == "1.00"


def test_ratios_are_of_pairs_and_not_of_medians() -> None:
    # In a round in which the machine is slow, both are. The ratio of the medians would be 10 / 4.
    assert pair_ratios([2.0, 10.0, 40.0], [1.0, 5.0, 4.0]) == [2, 2, 10]


def test_what_a_test_costs_is_what_follows_the_collection_of_its_round() -> None:
    made = measured(
        [entry("collect", 10), entry("mine", 10, "theirs", "collect"), entry("theirs", 5, "", "collect")],
        {
            "collect": commands([0.25, 0.5]),
            "mine": commands([0.75, 0.5625]),
            "theirs": commands([0.5, 1.0]),
            "floor": [{"fork_ms": 1.5}, {"fork_ms": 2.0}],
        },
    )
    assert made.per_test("mine") == [50, 6.25]
    assert made.per_test("theirs") == [50, 100]
    assert made.per_test_ratios("mine", "theirs") == [1, 0.0625]
    assert made.ratios("mine", "theirs") == [1.5, 0.5625]
    assert made.floor_ratios("mine", "floor", "theirs") == [50 / 51.5, 6.25 / 102]
