"""What a scenario is: a question, contenders that answer it, and targets that the answer is held against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.contenders import Contender, Program
from benchmarks.figures import Figure, figure
from benchmarks.measured import Measured


@dataclass(frozen=True, slots=True)
class Target:
    """A limit.

    Attributes:
        what: of what, and in what unit it is.
        values: what was measured, by round; one value if it was looked at once. The median is held against the limit.
        digits: behind the point.
    """

    what: str
    limit: float
    values: Callable[[Measured], Sequence[float]]
    digits: int = 2

    def measured(self, measured: Measured) -> Figure:
        """What was found."""
        return figure(self.values(measured))

    def is_reached(self, measured: Measured) -> bool:
        """True if the median is within the limit."""
        return self.measured(measured).median <= self.limit


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file of ``scenarios/``.

    Attributes:
        contenders: run in turn, each once a round.
        rounds: unless the command line says otherwise.
        reading: what one must know to read the table.
        table: makes a further table, if any.
    """

    name: str
    question: str
    contenders: Sequence[Contender | Program]
    rounds: int
    targets: Sequence[Target] = ()
    reading: str = ""
    table: Callable[[Measured], list[str]] | None = None
