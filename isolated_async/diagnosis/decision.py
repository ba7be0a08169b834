"""Does a test fail after these tests? How often it takes to ask, if it does not always.

Wald's sequential probability ratio test: after each run, how much likelier is what was seen if the test fails as often
as it does in full company than if it fails as often as alone? Once that is beyond doubt, the question is answered.
Where it never fails alone, one failure is enough; where it always fails in company, two passes are.
"""

from __future__ import annotations

import math
from typing import Literal

from isolated_async_workers.wire.light_dataclass import dataclass

#: How often an answer may be wrong, in either direction, where the rates are right.
WRONG = 0.01
#: Of a test that has never failed alone, or always in company: so often it may fail all the same.
_NEVER, _ALWAYS = 0.005, 0.91
#: Where it fails in company now and then: a part of the company may make it fail less often, by so much.
_PART = 0.5
#: Runs after which the likelier answer counts.
MOST_RUNS = 60

_SURE = math.log((1 - WRONG) / WRONG)


@dataclass(frozen=True, slots=True)
class Count:
    """Of some runs.

    Attributes:
        why: the first line of a failure.
        otherwise: how it has ended where it has not failed: passed, or skipped, or the like; the first time.
    """

    failed: int = 0
    runs: int = 0
    why: str = ""
    otherwise: str = ""

    def plus(self, *, failed: bool, outcome: str, why: str = "") -> Count:
        """One run more."""
        if failed:
            return Count(self.failed + 1, self.runs + 1, self.why or why, self.otherwise)
        return Count(self.failed, self.runs + 1, self.why, self.otherwise or outcome)

    def and_those(self, other: Count) -> Count:
        """Of all these runs."""
        runs, why = self.runs + other.runs, self.why or other.why
        return Count(self.failed + other.failed, runs, why, self.otherwise or other.otherwise)

    @property
    def is_mixed(self) -> bool:
        return 0 < self.failed < self.runs

    def describe(self) -> str:
        """``failed 3 of 4``."""
        if self.failed:
            return f"failed {self.failed} of {self.runs}{f': {self.why}' if self.why else ''}"
        return f"{self.otherwise} {self.runs} of {self.runs}"


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a test fails alone, and in company that makes it fail."""

    alone: float
    company: float

    @classmethod
    def of(cls, alone: Count, company: Count) -> Rates:
        """What the counts say; a rate of a few runs is taken for less certain than it looks."""
        rate_alone = (alone.failed + 0.5) / (alone.runs + 1) if alone.failed else _NEVER
        if company.failed == company.runs:
            return cls(rate_alone, max(_ALWAYS, rate_alone + _NEVER))
        rate = company.failed / company.runs
        return cls(rate_alone, max(rate * _PART, rate_alone + (rate - rate_alone) * _PART))


class Decision:
    """About one set of tests."""

    def __init__(self, rates: Rates) -> None:
        self._failed = math.log(rates.company / rates.alone)
        self._passed = math.log((1 - rates.company) / (1 - rates.alone))
        self._sum = 0.0
        self.count = Count()

    def add(self, *, failed: bool, outcome: str, why: str = "") -> None:
        """One run."""
        self.count = self.count.plus(failed=failed, outcome=outcome, why=why)
        self._sum += self._failed if failed else self._passed

    @property
    def answer(self) -> Literal["fails", "passes"] | None:
        """None as long as nobody can tell."""
        if self._sum >= _SURE:
            return "fails"
        if self._sum <= -_SURE:
            return "passes"
        if self.count.runs >= MOST_RUNS:
            return "fails" if self._sum > 0 else "passes"
        return None
