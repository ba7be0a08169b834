"""What a run of a real suite came to, kept in a file for the table of the documentation."""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict, dataclass
from pathlib import Path

#: In the directory of the suites: a line for each run, the newest last.
_FILE = "results.jsonl"


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """One isolated run, next to the one in process.

    Attributes:
        suite: distribution and release.
        python: minor version.
        way: of being isolated.
        differing: how many tests end otherwise, unsteady ones and expected differences included.
        date: of the run, ISO.
    """

    suite: str
    python: str
    way: str
    tests: int
    isolated: int
    differing: int
    in_process_s: float
    isolated_s: float
    date: str

    @classmethod
    def of_today(
        cls,
        suite: str,
        python: str,
        way: str,
        tests: int,
        isolated: int,
        differing: int,
        in_process_s: float,
        isolated_s: float,
    ) -> SuiteResult:
        """One that has just ended."""
        today = datetime.date.today().isoformat()
        return cls(suite, python, way, tests, isolated, differing, in_process_s, isolated_s, today)

    def __str__(self) -> str:
        return (
            f"{self.suite}: {self.tests} tests, {self.isolated} isolated, {self.way}, {self.differing} differ; "
            f"{self.in_process_s:.1f} s in process, {self.isolated_s:.1f} s isolated"
        )


def keep(directory: Path, result: SuiteResult) -> None:
    """Add it to those of this directory."""
    with (directory / _FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def kept(directory: Path) -> list[SuiteResult]:
    """The newest of each suite and way, in the order in which the suites first came."""
    lines = (directory / _FILE).read_text(encoding="utf-8").splitlines()
    newest = {(result.suite, result.way): result for result in (SuiteResult(**json.loads(line)) for line in lines)}
    return list(newest.values())
