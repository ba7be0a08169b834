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
    "uncompared": "fail {others}; not compared: a side was broken off before they ended",
}
#: Of those that have failed nowhere.
_NOT_COMPARED = "not compared: a side was broken off before they ended"


def findings(compared: Tally) -> dict[str, list[TestTally]]:
    """The tests of which something is to be said, by what that is; in the order in which it is to be said.

    Without those that are not compared, and have failed nowhere.
    """
    found: dict[str, list[TestTally]] = {}
    for kind in _TITLES:
        for test in compared.of(kind):
            if (title := title_of(test, compared)) != _NOT_COMPARED:
                found.setdefault(title, []).append(test)
    return found


def about_uncompared(compared: Tally) -> str:
    """How many tests are not compared, and have failed nowhere; empty if none."""
    tests = [test for test in compared.of("uncompared") if title_of(test, compared) == _NOT_COMPARED]
    return f"{_NOT_COMPARED}: {len(tests)}" if tests else ""


def title_of(test: TestTally, compared: Tally) -> str:
    """What is to be said first of this test."""
    first, *others = (side.name for side in compared.sides)
    of_whom = [name for name, pair in zip(others, test.pairs, strict=True) if pair.kind == test.kind]
    if test.kind == "uncompared":
        # There is nothing between the sides: it fails on some, whichever they are.
        of_whom = [side.name for side, count in zip(compared.sides, test.counts, strict=True) if count.failures]
        if not of_whom:
            return _NOT_COMPARED
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
