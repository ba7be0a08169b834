"""What the end of the run has to say, gathered where the tests run: here, or in the hosts that xdist starts."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from isolated_async_workers.wire.light_dataclass import dataclass

from .wide_fixtures import WideFixtures

#: With -v, at most this many tests are named; -vv names all of them.
_NAMED_TESTS = 20


@dataclass(slots=True)
class RunNotes:
    """Notes for the terminal summary.

    Attributes:
        lines: in the order in which they came up, each once.
        never_ran: node ids of the tests whose body never runs in process: they pass there, unless their set-up fails.
        wide_fixtures: what it took to set up for each test what in process several share.
    """

    lines: list[str] = field(default_factory=list)
    never_ran: list[str] = field(default_factory=list)
    wide_fixtures: WideFixtures = field(default_factory=WideFixtures)

    def note_false_green(self, node_id: str) -> None:
        """This test passes in process without its body having run; noted once, however often it is rerun."""
        if node_id not in self.never_ran:
            self.never_ran.append(node_id)

    def to_plain(self) -> dict[str, Any]:
        """The same in types that xdist can send."""
        return {"lines": self.lines, "never_ran": self.never_ran, "wide_fixtures": self.wide_fixtures.to_plain()}

    def add(self, plain: dict[str, Any]) -> None:
        """Add what another host has noted."""
        self.lines.extend(line for line in plain["lines"] if line not in self.lines)
        for node_id in plain["never_ran"]:
            self.note_false_green(node_id)
        self.wide_fixtures.add(plain["wide_fixtures"])

    def describe(self, verbosity: int) -> list[str]:
        """The lines to print."""
        described = [*self.lines, *self.wide_fixtures.describe()]
        count = len(self.never_ran)
        if count:
            described.append(
                "1 test never runs its body in process, and passes there if its set-up does"
                if count == 1
                else f"{count} tests never run their body in process, and pass there if their set-up does"
            )
        if verbosity > 0:
            shown = self.never_ran if verbosity > 1 else self.never_ran[:_NAMED_TESTS]
            described += [f"    {node_id}" for node_id in shown]
            if len(shown) < count:
                described.append(f"    ... and {count - len(shown)} more (-vv names them)")
        return described
