"""The way from a test that fails in company to the tests, the state and the line that make it fail.

::

    Confirmation: alone, in company --> minimize: which tests it takes --> is it so? --> Remains: what they leave, why
                                             ^--- without these, the next --'
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from isolated_async_workers.wire.probes import KnownTest, Left, Probe, Probed

from .checks import Checks
from .confirmation import MORE, Confirmation, by_chance, has_failed, is_worse
from .decision import Count, Rates
from .findings import Diagnosis, Polluters
from .judge import Judge
from .kinds import mend_of, mend_of_needed
from .probers import Probers
from .remains import Remains
from .search import minimize

#: Independent sets of polluters that are looked for; each costs about as much as the first. Fewer, where each probe is
#: a pytest of its own.
_MOST_SETS, _MOST_SETS_OF_FRESH = 4, 2
#: A set that is larger names no culprit: there it is the number of tests that matters.
_MOST_TOGETHER = 20
_TOO_MANY = "it takes {} tests together: no few of them make it fail"
_NOT_AGAIN = "what it was narrowed down to does not make it fail when that is tried again"
_NOT_SEEN = "it was tried again after all of them, and passed"

Tell = Callable[[str], None]
MakeProbe = Callable[[Sequence[str]], Probe]


class Investigation:
    """Of one test: what it finds out goes into ``diagnosis`` as soon as it is known."""

    def __init__(self, probers: Probers, victim: KnownTest, limit_s: float, checks: Checks, tell: Tell) -> None:
        self._probers = probers
        self._victim = victim
        self._limit_s = limit_s
        self._checks = checks
        self._tell = tell
        names = [test.name for test in probers.suite.tests]
        self._before = names[: names.index(victim.name)]
        self._arguments = {test.name: test.argument for test in probers.suite.tests}
        self.diagnosis = Diagnosis(victim.name, victim.argument, len(self._before))

    def investigate(self, runs: int) -> None:
        """Everything."""
        found = self.diagnosis
        confirmation = Confirmation(self._probers, self._victim.name, self._before, self._limit_s)
        fails_in_company = confirmation.confirm(found, runs)
        self._tell(f"alone: {found.alone.describe()}")
        if found.company.runs:
            self._tell(f"after {_tests(found.before)}: {found.company.describe()}")
        if fails_in_company:
            self._search(confirmation.before, self._probe_after, Rates.of(found.alone, found.company), runs)
        elif found.verdict == "fails alone" and found.alone.failed == found.alone.runs:
            self._search_imports(runs)
        if found.is_helped:
            self._search_needed(confirmation.before, runs)
        if found.verdict == "found":
            self._check()
        elif found.verdict == "passes":
            self._check_alone()

    def _probe_after(self, tests: Sequence[str]) -> Probe:
        return Probe((*tests, self._victim.name), self._limit_s)

    def _probe_collected_with(self, files: Sequence[str]) -> Probe:
        return Probe((self._victim.name,), self._limit_s, collected=(*files, self._victim.argument))

    def _search_imports(self, runs: int) -> None:
        """It fails without any other test: does it too if nothing but its own file is collected?"""
        if self._count([], self._probe_collected_with, 1).failed:
            return
        alone = self._count([], self._probe_collected_with, runs)
        if alone.failed:
            return
        files = dict.fromkeys(test.file for test in self._probers.suite.tests if test.file != self._victim.file)
        self._tell(f"it passes if nothing else is collected: {len(files)} files")
        found = self.diagnosis
        found.company, found.alone, found.verdict = found.alone, alone, "broken off"
        self._search(list(files), self._probe_collected_with, Rates.of(alone, found.company), runs, by_import=True)

    def _search_needed(self, before: Sequence[str], runs: int) -> None:
        """The other way round: the fewest tests after which it passes."""
        found = self.diagnosis
        rates = Rates.of(found.company, found.alone)
        judge = Judge(self._probers.ask, self._probe_after, rates, self._has_not_passed, wanted="passes")
        if not judge.is_so(before):
            return
        needed = minimize(before, judge.find, self._tell_candidates)
        count = self._count(needed, self._probe_after, runs, self._has_not_passed)
        if not count.failed:
            found.needed = Polluters(needed, [self._arguments[name] for name in needed], count)
            others = [each for each in before if each not in needed]
            self._look([found.needed], self._probe_after, rates, others, self._ends_not_as_alone, mend_of_needed)

    def _ends_not_as_alone(self, probed: Probed) -> bool:
        """It passes, or fails of something else: what is put back may break it, and be nothing that it needs."""
        return not self._has_not_passed(probed) or _kind_of(probed.why) != _kind_of(self.diagnosis.alone.why)

    def _has_not_passed(self, probed: Probed) -> bool:
        """True also if another test has ended the process."""
        return self._has_failed(probed) or bool(probed.died_at)

    def _search(
        self, things: Sequence[str], make_probe: MakeProbe, rates: Rates, runs: int, *, by_import: bool = False
    ) -> None:
        found = self.diagnosis
        judge = Judge(self._probers.ask, make_probe, rates, self._has_failed)
        remaining = list(things)
        most = _MOST_SETS_OF_FRESH if by_import or self._probers.suite.why_no_forks else _MOST_SETS
        while remaining and judge.is_so(remaining):
            if len(found.polluters) == most:
                found.has_more = True
                break
            if not found.polluters:
                found.candidates = remaining
            smallest = minimize(remaining, judge.find, self._narrowed)
            count = self._count(smallest, make_probe, runs)
            if count.is_mixed and not found.company.is_mixed:
                # It seemed to fail always, and does not: what was said to pass may have been luck.
                rates = Rates.of(found.alone, count)
                judge = Judge(self._probers.ask, make_probe, rates, self._has_failed)
                smallest = minimize(smallest, judge.find, self._narrowed)
                count = self._count(smallest, make_probe, runs)
            if count.is_mixed or found.company.is_mixed or found.alone.is_mixed:
                count = self._count_more(smallest, make_probe, count)
            if not count.failed and self._probers.at_once > 1:
                # Several at once may be in each other's way: a port, a file.
                self._probers.at_once = 1
                judge = Judge(self._probers.ask, make_probe, rates, self._has_failed)
                continue
            found.problem = self._problem_of(smallest, count, runs)
            if found.problem:
                break
            arguments = smallest if by_import else [self._arguments[name] for name in smallest]
            found.polluters.append(Polluters(smallest, arguments, count, by_import))
            self._tell(f"found: {', '.join(smallest)}")
            remaining = [each for each in remaining if each not in smallest]
        found.verdict = "found" if found.polluters else "not found"
        found.problem = "" if found.polluters else found.problem or _NOT_SEEN
        if found.polluters:
            self._look(found.polluters, make_probe, rates, remaining, self._has_failed, mend_of)

    def _problem_of(self, smallest: Sequence[str], count: Count, runs: int) -> str:
        """Why it cannot be said that the test fails after these; empty if it can."""
        if not count.failed:
            return _NOT_AGAIN
        if not is_worse(count, self.diagnosis.alone):
            return by_chance(self.diagnosis.alone, count, "after what it was narrowed down to", runs)
        return _TOO_MANY.format(len(smallest)) if len(smallest) > _MOST_TOGETHER else ""

    def _narrowed(self, things: Sequence[str]) -> None:
        if not self.diagnosis.polluters:
            self.diagnosis.candidates = list(things)
        self._tell_candidates(things)

    def _tell_candidates(self, things: Sequence[str]) -> None:
        self._tell(f"{self._probers.probes} probes, {len(things)} candidates left")

    def _count(
        self,
        things: Sequence[str],
        make_probe: MakeProbe,
        runs: int,
        has_failed: Callable[[Probed], bool] | None = None,
    ) -> Count:
        """One after another, with nothing else at the same time."""
        count = Count()
        for _ in range(runs):
            (probed,) = self._probers.ask([make_probe(things)])
            failed = (has_failed or self._has_failed)(probed)
            count = count.plus(failed=failed, outcome=probed.outcome, why=probed.why)
        return count

    def _count_more(self, things: Sequence[str], make_probe: MakeProbe, count: Count) -> Count:
        """As many runs as mixed outcomes take; as many alone, since it may have passed there by luck so far."""
        found = self.diagnosis
        found.alone = found.alone.and_those(self._count([], make_probe, MORE * count.runs))
        return count.and_those(self._count(things, make_probe, (MORE - 1) * count.runs))

    def _has_failed(self, probed: Probed) -> bool:
        return has_failed(probed, self._victim.name)

    def _look(
        self,
        sets: Sequence[Polluters],
        make_probe: MakeProbe,
        rates: Rates,
        others: Sequence[str],
        ends_otherwise: Callable[[Probed], bool],
        mend: Callable[[Left], tuple[str, str]],
    ) -> None:
        """What does each of the sets leave behind? After one of ``others`` the test ends as it does alone."""
        self._tell("what is left behind")
        probe = make_probe(others[-1:])
        (run,) = self._probers.ask([probe])
        (looked,) = self._probers.ask([replace(probe, is_looked=True)])
        harmless = frozenset() if ends_otherwise(run) else frozenset(left.piece for left in looked.left)
        remains = Remains(self._probers.ask, make_probe, rates, ends_otherwise, harmless, mend)
        for polluters in sets:
            remains.look(polluters, polluters.count.why or self.diagnosis.alone.why)

    def _check(self) -> None:
        found = self.diagnosis
        self._tell("runs of pytest, in process and isolated")
        arguments = self._arguments_of(found.polluters[0].arguments)
        if not found.polluters[0].count.why.startswith("timed out"):
            found.in_process = self._checks.in_process(arguments, self._victim.name)
        found.isolated = self._checks.isolated(arguments, self._victim.name)

    def _check_alone(self) -> None:
        """It passes: has it run?"""
        self._tell("a run of pytest, isolated")
        self.diagnosis.isolated = self._checks.isolated(self._arguments_of([]), self._victim.name)

    def _arguments_of(self, before: Sequence[str]) -> list[str]:
        """Of a pytest that runs these, and then the test."""
        return [*self._probers.options, *self._probers.suite.in_order, *before, self._victim.argument]


def _kind_of(why: str) -> str:
    """The first word of a failure: the name of its error, or ``assert``."""
    return why.replace(":", " ").partition(" ")[0]


def _tests(number: int) -> str:
    return f"{number} test{'' if number == 1 else 's'}"
