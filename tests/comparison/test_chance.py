"""The numbers behind "more than chance", against published ones."""

from __future__ import annotations

import pytest

from isolated_async.comparison.chance import fisher_exact, wilson_interval


@pytest.mark.parametrize(
    ("counts", "p_value"),
    [
        # Fisher's own example, the lady tasting tea.
        ((3, 4, 1, 4), 0.4857142857),
        ((4, 4, 0, 4), 0.0285714286),
        ((3, 3, 0, 3), 0.1),
        ((1, 1, 0, 1), 1.0),
        # scipy.stats.fisher_exact([[8, 2], [1, 5]]), its documentation's example.
        ((8, 10, 1, 6), 0.03496503496),
        ((5, 6, 24, 24), 0.2),
        ((0, 0, 3, 3), 1.0),
        ((3, 3, 3, 3), 1.0),
    ],
)
def test_fisher(counts: tuple[int, int, int, int], p_value: float) -> None:
    assert fisher_exact(*counts) == pytest.approx(p_value)
    passed, runs, other_passed, other_runs = counts
    assert fisher_exact(other_passed, other_runs, passed, runs) == pytest.approx(p_value)
    assert fisher_exact(runs - passed, runs, other_runs - other_passed, other_runs) == pytest.approx(p_value)


@pytest.mark.parametrize(
    ("passed", "runs", "interval"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table I, method 3.
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
        (0, 0, (0.0, 1.0)),
    ],
)
def test_wilson(passed: int, runs: int, interval: tuple[float, float]) -> None:
    assert wilson_interval(passed, runs) == pytest.approx(interval, abs=5e-5)
