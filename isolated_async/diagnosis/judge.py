"""Answers which sets of tests make a test fail: asks each as often as it takes, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Literal, TypeVar

from isolated_async_workers.wire.probes import Probe, Probed

from .decision import Count, Decision, Rates

T = TypeVar("T")

#: Answers to these probes, in their order; those that nobody waits for any more are not begun.
Ask = Callable[[Sequence[Probe]], Iterator[Probed]]


class Judge(Generic[T]):
    """Of sets of things, each of which ``make_probe`` makes a probe of.

    Attributes:
        wanted: which answer is looked for.
    """

    def __init__(
        self,
        ask: Ask,
        make_probe: Callable[[Sequence[T]], Probe],
        rates: Rates,
        has_failed: Callable[[Probed], bool],
        wanted: Literal["fails", "passes"] = "fails",
    ) -> None:
        self._ask = ask
        self._make_probe = make_probe
        self._rates = rates
        self._has_failed = has_failed
        self._wanted = wanted
        self._decisions: dict[tuple[T, ...], Decision] = {}

    def count(self, things: Sequence[T]) -> Count:
        """What was seen of this set."""
        return self._of(things).count

    def is_so(self, things: Sequence[T]) -> bool:
        """True if the wanted answer is that of this set."""
        return self.find([things]) is not None

    def find(self, candidates: Sequence[Sequence[T]]) -> int | None:
        """The last candidate for which the wanted answer was given, or None if another one was for all."""
        while True:
            answers = [self._of(each).answer for each in candidates]
            found = [at for at, answer in enumerate(answers) if answer == self._wanted]
            if found:
                return found[-1]
            # What comes shortly before a test is likelier to matter.
            open_ones = [at for at in reversed(range(len(candidates))) if answers[at] is None]
            if not open_ones:
                return None
            probes = [self._make_probe(candidates[at]) for at in open_ones]
            for at, probed in zip(open_ones, self._ask(probes), strict=True):
                decision = self._of(candidates[at])
                decision.add(failed=self._has_failed(probed), outcome=probed.outcome, why=probed.why)
                if decision.answer == self._wanted:
                    break

    def _of(self, things: Sequence[T]) -> Decision:
        return self._decisions.setdefault(tuple(things), Decision(self._rates))
