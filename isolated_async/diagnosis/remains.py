"""What polluters leave behind, which of it is why the test ends otherwise, and the line that has done it.

::

    look: all pieces that are not as they were --> those that a harmless test leaves too are the last to be suspected
      --> put back before the test: all, then fewer, by delta debugging: without which it still ends so, are the cause
      --> the polluters once more, every line traced: which line has changed these last
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from isolated_async_workers.wire.probes import Change, Left, Probe, Probed

from .decision import Rates
from .findings import Polluters, Remainder
from .judge import Ask, Judge
from .search import minimize

#: Pieces that are told beside the causes.
_MOST_TOLD = 5
#: Pieces of which the line is looked for, where no cause is known.
_MOST_WATCHED = 3
#: Kinds that change by the way, in most runs.
_BY_THE_WAY = ("module", "cache")


class Remains:
    """Of the polluters of one test."""

    def __init__(
        self,
        ask: Ask,
        probe: Callable[[Sequence[str]], Probe],
        rates: Rates,
        ends_otherwise: Callable[[Probed], bool],
        harmless: frozenset[str],
        mend_of: Callable[[Left], tuple[str, str]],
    ) -> None:
        """``probe`` makes one of the tests that come before; ``harmless`` are pieces that change without polluters.

        ``rates`` are those of ending otherwise than alone: mostly of failing; of passing, if it fails alone.
        ``mend_of`` says how a piece that is left behind is mended, and the page about it.
        """
        self._ask = ask
        self._probe = probe
        self._rates = rates
        self._ends_otherwise = ends_otherwise
        self._harmless = harmless
        self._mend_of = mend_of

    def look(self, polluters: Polluters, why: str) -> None:
        """Fill in what they leave behind; ``why`` is the failure of the test with it, or without it."""
        probe = self._probe(polluters.tests)
        (looked,) = self._ask([replace(probe, is_looked=True)])
        if not looked.has_looked:
            polluters.unseen = looked.outcome
        left = sorted(looked.left, key=lambda each: self._suspicion(each, why))
        causes = self._find_causes(probe, left)
        told = [*causes, *(each for each in left if each not in causes and self._is_worth_telling(each))]
        watched = causes or told[:_MOST_WATCHED]
        changes = self._find_changes(probe, watched)
        for each in told[: len(causes) + _MOST_TOLD]:
            mend, page = self._mend_of(each)
            polluters.remains.append(Remainder(each, each in causes, changes.get(each.piece), mend, page))
        polluters.more = len(told) - len(polluters.remains)

    def _suspicion(self, left: Left, why: str) -> tuple[bool, bool, bool, bool]:
        """The smaller, the more: what the failure speaks of, the process and the suite's own code come first."""
        words = {part for part in left.piece.replace("'", ".").replace('"', ".").split(".") if len(part) > 3}
        is_of_others = left.kind in ("attribute", "container") and not left.is_own
        return (
            left.piece in self._harmless,
            not any(word in why for word in words),
            is_of_others,
            left.kind in _BY_THE_WAY,
        )

    def _is_worth_telling(self, left: Left) -> bool:
        if left.piece in self._harmless or left.kind in _BY_THE_WAY:
            return False
        return left.is_own or left.kind not in ("attribute", "container")

    def _find_causes(self, probe: Probe, left: Sequence[Left]) -> list[Left]:
        """The fewest pieces with which put back the test ends as it does alone; none if nothing is known to help."""
        judge: Judge[Left] = Judge(
            self._ask,
            lambda some: _with_put_back(probe, some),
            self._rates,
            self._ends_otherwise,
            wanted="passes",
        )
        possible = [each for each in left if each.can_be_put_back]
        likely = [each for each in possible if self._is_worth_telling(each)]
        # To put everything back may break more than it mends: what is likely is tried for itself first.
        for some in (likely, possible):
            # The likeliest is the last: of two that help, it is found.
            some = some[::-1]
            if some and judge.is_so(some):
                return minimize(some, judge.find, lambda _: None)
        return []

    def _find_changes(self, probe: Probe, watched: Sequence[Left]) -> dict[str, Change]:
        if not watched:
            return {}
        pieces = tuple(each.piece for each in watched)
        (probed,) = self._ask([replace(probe, watched=pieces)])
        return {change.piece: change for change in probed.changes}


def _with_put_back(probe: Probe, pieces: Sequence[Left]) -> Probe:
    return replace(probe, put_back=tuple(each.piece for each in pieces))
