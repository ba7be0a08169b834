"""What was found, checked by runs of pytest as a user makes them: in process, and isolated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..command_output import end_of
from ..comparison.runs import Runs
from ..comparison.sides import DEFAULT, IN_PROCESS, SIDES, Side
from .findings import Checked

#: Whatever the test is, it is isolated: a sync one can fail for what others leave behind too.
MODE = "all"


class Checks:
    """Of one suite; the runs write into ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.pytests = 0

    def in_process(self, arguments: Sequence[str], test: str) -> Checked:
        """The outcome of this test, the last one that these arguments name."""
        return self._run(IN_PROCESS, arguments, test)

    def isolated(self, arguments: Sequence[str], test: str) -> Checked:
        """The same, with every test in a process of its own."""
        return self._run(SIDES[DEFAULT], arguments, test)

    def _run(self, side: Side, arguments: Sequence[str], test: str) -> Checked:
        self.pytests += 1
        runs = Runs(self._directory / f"check-{self.pytests}", arguments, MODE)
        run = runs.run(side, 1)
        # An installed module has another node id where other tests are selected.
        last = test.rpartition("/")[2]
        found = run.tests.get(test) or next((each for name, each in run.tests.items() if name.endswith(last)), None)
        if found is None:
            printed = runs.log(side, 1).read_text(encoding="utf-8", errors="replace")
            problem = "" if run.has_begun else f"pytest exits with {run.exit_status}\n{end_of(printed)}"
            return Checked(tuple(arguments), "", problem=problem)
        return Checked(tuple(arguments), found.outcome, found.green)
