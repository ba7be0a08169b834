"""Does the test fail in company, and not alone? In turn, so that what outlives a process is noticed too."""

from __future__ import annotations

from collections.abc import Sequence

from isolated_async_workers.wire.probes import FAILED, Probe, Probed

from ..comparison.chance import fisher_exact
from ..comparison.tally import BEYOND_CHANCE
from .decision import Count
from .findings import Diagnosis
from .probers import Probers

#: Where the outcomes are not always the same, so many times as many runs.
MORE = 3
#: Tests that end their process, which are left out: with more of them, there is no company to speak of.
_MOST_LEFT_OUT = 10
_OUTLIVES = "alone it passed at first, and never again: what is left behind outlives the process (a file, a database)"
_BY_CHANCE = (
    "it fails now and then, and no more often {} than chance has it (alone {} of {}, {} {} of {}): "
    "more runs tell more, --runs {}"
)


class Confirmation:
    """Of one test, with those that come before it."""

    def __init__(self, probers: Probers, victim: str, before: Sequence[str], limit_s: float) -> None:
        self._probers = probers
        self._victim = victim
        #: Without those that had to be left out.
        self.before = list(before)
        self._limit_s = limit_s

    def confirm(self, diagnosis: Diagnosis, runs: int) -> bool:
        """True if it fails in company, and not alone; the counts, and what is so else, go into the diagnosis."""
        first_alone, number = self._run_alone(diagnosis), 0
        while number < runs or (_is_mixed(diagnosis) and number < MORE * runs):
            if number:
                self._run_alone(diagnosis)
            if diagnosis.before:
                self._run_in_company(diagnosis)
            number += 1
        alone, company = diagnosis.alone, diagnosis.company
        if not first_alone and 0 < alone.failed == alone.runs - 1:
            diagnosis.verdict, diagnosis.problem = "not found", _OUTLIVES
        elif not company.failed and not alone.failed:
            diagnosis.verdict = "passes"
        elif is_worse(company, alone):
            return True
        else:
            diagnosis.verdict = "fails alone" if alone.failed else "not found"
            if alone.failed < alone.runs:
                diagnosis.problem = by_chance(alone, company, "in company", runs)
        return False

    def _run_alone(self, diagnosis: Diagnosis) -> bool:
        probed = self._ask([])
        failed = has_failed(probed, self._victim)
        diagnosis.alone = diagnosis.alone.plus(failed=failed, outcome=probed.outcome, why=probed.why)
        return failed

    def _run_in_company(self, diagnosis: Diagnosis) -> None:
        probed = self._ask(self.before)
        while probed.died_at in self.before and len(diagnosis.left_out) < _MOST_LEFT_OUT:
            # Of what comes after it, nobody can say anything.
            self.before.remove(probed.died_at)
            diagnosis.left_out.append(f"{probed.died_at}: {probed.outcome}")
            probed = self._ask(self.before)
        failed = has_failed(probed, self._victim)
        diagnosis.company = diagnosis.company.plus(failed=failed, outcome=probed.outcome, why=probed.why)

    def _ask(self, before: Sequence[str]) -> Probed:
        (probed,) = self._probers.ask([Probe((*before, self._victim), self._limit_s)])
        return probed


def has_failed(probed: Probed, test: str) -> bool:
    """True if this last test has failed, or its process has ended at it."""
    return probed.outcome in FAILED or probed.died_at == test


def _is_mixed(diagnosis: Diagnosis) -> bool:
    return diagnosis.alone.is_mixed or diagnosis.company.is_mixed


def is_worse(company: Count, alone: Count) -> bool:
    """True if it fails always, and never alone; or more often than alone, and that is beyond chance."""
    if not alone.failed and 0 < company.failed == company.runs:
        return True
    is_more = company.failed * alone.runs > alone.failed * company.runs
    return is_more and fisher_exact(company.failed, company.runs, alone.failed, alone.runs) <= BEYOND_CHANCE


def by_chance(alone: Count, other: Count, where: str, runs: int) -> str:
    """Why nothing is said of how much worse it is ``where``; ``runs`` were asked for, and did not tell."""
    counts = (alone.failed, alone.runs, where, other.failed, other.runs)
    return _BY_CHANCE.format(where, *counts, MORE * runs)
