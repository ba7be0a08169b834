"""What is to be said of the tests that a comparison has found something about."""

from __future__ import annotations

from collections.abc import Sequence

from ..tally import ENOUGH_RUNS, Count, Kind, Pair, Tally, TestTally

#: Of the first side, and of those others of which it is so.
_TITLES: dict[Kind, str] = {
    "green": "green without having run ({first})",
    "revealed": "fail {others}, and not {first}",
    "cured": "fail {first}, and not {others}",
    "different": "end otherwise",
    "flaky": "do not always end the same; what is between the sides may be chance",
}


def findings(compared: Tally) -> dict[str, list[TestTally]]:
    """The tests of which something is to be said, by what that is; in the order in which it is to be said."""
    found: dict[str, list[TestTally]] = {}
    for kind in _TITLES:
        for test in compared.of(kind):
            found.setdefault(title_of(test, compared), []).append(test)
    return found


def title_of(test: TestTally, compared: Tally) -> str:
    """What is to be said first of this test."""
    first, *others = (side.name for side in compared.sides)
    of_whom = [name for name, pair in zip(others, test.pairs, strict=True) if pair.kind == test.kind]
    return _TITLES[test.kind].format(first=first, others=" or ".join(of_whom))


def doubtful(compared: Tally) -> list[Pair]:
    """The differences that may be chance.

    Where a test never ended on a side, there is nothing to count; one that is green without having run is known to be.
    """
    pairs = [pair for test in compared.tests for pair in test.pairs if pair.differs and not pair.is_beyond_chance]
    return [pair for pair in pairs if pair.first.runs and pair.other.runs and not pair.green]


def about_doubtful(pairs: Sequence[Pair]) -> str:
    """What to do about these differences."""
    runs = max(max(pair.first.runs, pair.other.runs) for pair in pairs)
    advice = f"Use --runs={ENOUGH_RUNS}." if runs < ENOUGH_RUNS else "More of them would tell."
    return f"{len(pairs)} of these differences may be chance: too few runs to rule that out. {advice}"


def outcomes_of(count: Count) -> str:
    """``passed 2 of 3, failed 1 of 3: AssertionError: ...``."""
    return f"{count.describe()}{f': {count.why}' if count.why else ''}"
