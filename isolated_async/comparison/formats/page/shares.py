"""How many tests usually end how, on each side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from isolated_async_workers.wire.light_dataclass import dataclass

from ...tally import Tally, TestTally
from ..wording import spoken
from .rows import LETTERS

#: Of what passes on the first side without having run.
NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Share:
    """So many ``tests`` of a side, which stand behind ``start`` others."""

    side: str
    outcome: str
    tests: int
    start: int
    end: int
    told: str


def shares(compared: Tally) -> list[Share]:
    """Of all sides; what never ended has no share."""
    return [share for at in range(len(compared.sides)) for share in _of_side(compared, at)]


def _end(test: TestTally, at: int) -> str:
    return NOT_RUN if at == 0 and test.kind == "green" else test.counts[at].usual


def _of_side(compared: Tally, at: int) -> Iterator[Share]:
    counted = Counter(_end(test, at) for test in compared.tests)
    side, start = spoken(compared.sides[at].name), 0
    for outcome in (*LETTERS, NOT_RUN):
        if tests := counted[outcome]:
            yield Share(side, outcome, tests, start, start + tests, f"{side}: {tests:,} {outcome}")
            start += tests
