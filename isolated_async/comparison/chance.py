"""Is a difference between two counts more than chance?

Fisher's exact test, two-sided: how likely it is that counts at least as uneven come of one and the same probability. It
needs no assumption about how many runs there are; with three on each side, not even 3 to 0 is beyond doubt. Wilson's
interval says between which shares the truth lies, with 95 %.
"""

from __future__ import annotations

import math

#: Of the two-sided 95 % interval (the quantile of the normal distribution).
_Z = 1.959963984540054
#: Probabilities that differ by less are equal: they are sums of rounded numbers.
_ROUNDING = 1e-12


def fisher_exact(passed: int, runs: int, other_passed: int, other_runs: int) -> float:
    """The two-sided p-value of ``passed`` of ``runs`` against ``other_passed`` of ``other_runs``."""
    total, all_passed = runs + other_runs, passed + other_passed
    possible = range(max(0, all_passed - other_runs), min(runs, all_passed) + 1)
    ways = math.comb(total, all_passed)
    chances = {each: math.comb(runs, each) * math.comb(other_runs, all_passed - each) / ways for each in possible}
    return min(1.0, sum(chance for chance in chances.values() if chance <= chances[passed] + _ROUNDING))


def wilson_interval(passed: int, runs: int) -> tuple[float, float]:
    """Between which shares the true one lies, with 95 %; everything is possible where nothing was run."""
    if not runs:
        return 0.0, 1.0
    share = passed / runs
    center = share + _Z**2 / (2 * runs)
    half = _Z * math.sqrt(share * (1 - share) / runs + _Z**2 / (4 * runs**2))
    scale = 1 + _Z**2 / runs
    return max(0.0, (center - half) / scale), min(1.0, (center + half) / scale)
