"""What a diagnosis has found, as it grows: after Ctrl-C, what is known so far is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Literal

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.probes import Change, Left

from .decision import Count

#: ``found``: these tests make it fail. ``fails alone``: it needs no company. ``passes``: it does not fail in company.
#: ``not found``: it fails, and nobody can say after which tests. ``broken off``: by Ctrl-C.
Verdict = Literal["found", "fails alone", "passes", "not found", "broken off"]


@dataclass(frozen=True, slots=True)
class Remainder:
    """One piece that a polluter leaves behind.

    Attributes:
        is_cause: put back before the test, the test passes.
        change: the line that did it, or None.
        page: of docs/conflicts, without its ending; empty if none is about it.
    """

    left: Left
    is_cause: bool
    change: Change | None
    mend: str
    page: str


@dataclass(slots=True)
class Polluters:
    """Tests after which the test ends otherwise than alone, none of which can be left out.

    Attributes:
        by_import: it is enough that these are collected; they are files then.
        count: how the test ended after them.
        remains: what they leave behind: the causes first.
        more: how many pieces more there are.
        unseen: how the process ended that was to look at what they leave behind; empty if it did.
    """

    tests: Sequence[str]
    arguments: Sequence[str]
    count: Count
    by_import: bool = False
    remains: list[Remainder] = field(default_factory=list)
    more: int = 0
    unseen: str = ""

    @property
    def causes(self) -> list[Remainder]:
        return [each for each in self.remains if each.is_cause]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a run of pytest, as a user makes it, has come to.

    Attributes:
        outcome: of the test; empty if it did not end.
        green: it passes in process without having run, which an isolated run finds out.
        problem: why no test was run, of several lines; empty if one was.
    """

    arguments: Sequence[str]
    outcome: str
    green: bool = False
    problem: str = ""

    @property
    def fails(self) -> bool:
        return self.outcome in ("failed", "error")


@dataclass(slots=True)
class Diagnosis:
    """Of one test.

    Attributes:
        before: tests that come before it.
        candidates: the fewest tests so far after which it fails.
        left_out: tests at which a process ended, so that nothing came after them.
        needed: tests after which it passes, where it fails alone; or None.
        has_more: it fails without all polluters that were found, too.
        in_process: the run that shows it, or None.
        isolated: the same run, isolated, or None; of a test that does not fail in company, it is run alone.
        notes: what else is to be said.
        problem: why nothing was found; of a test that fails alone, that it does so now and then.
    """

    test: str
    argument: str
    before: int
    verdict: Verdict = "broken off"
    alone: Count = field(default_factory=Count)
    company: Count = field(default_factory=Count)
    candidates: Sequence[str] = ()
    left_out: list[str] = field(default_factory=list)
    polluters: list[Polluters] = field(default_factory=list)
    needed: Polluters | None = None
    has_more: bool = False
    in_process: Checked | None = None
    isolated: Checked | None = None
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    probes: int = 0
    pytests: int = 0
    seconds: float = 0.0

    @property
    def is_helped(self) -> bool:
        """True if it passes in company alone: it needs what other tests leave."""
        always_fails = 0 < self.alone.failed == self.alone.runs
        return self.verdict == "fails alone" and always_fails and self.company.runs > 0 and not self.company.failed

    @property
    def is_green(self) -> bool:
        """True if it passes in process without having run."""
        return self.verdict == "passes" and self.isolated is not None and self.isolated.green
