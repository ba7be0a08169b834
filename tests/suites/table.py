"""The table of what real suites came to: ``python -m tests.suites.table DIRECTORY``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.suites.results import SuiteResult, kept


def table(results: Sequence[SuiteResult]) -> str:
    """In Markdown: a line for each suite, a column for each way; where tests end otherwise, how many."""
    ways = list(dict.fromkeys(result.way for result in results))
    head = ["suite", "Python", "tests", "isolated", "in process", *ways, "date"]
    rows = [head, ["---"] * len(head), *_rows(results, ways)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _rows(results: Sequence[SuiteResult], ways: Sequence[str]) -> Iterator[list[str]]:
    for suite in dict.fromkeys(result.suite for result in results):
        of_suite = {result.way: result for result in results if result.suite == suite}
        first = next(iter(of_suite.values()))
        yield [
            suite.replace("==", " "),
            first.python,
            f"{first.tests:,}",
            f"{first.isolated:,}",
            f"{first.in_process_s:.1f} s",
            *(_cell(of_suite.get(way)) for way in ways),
            max(result.date for result in of_suite.values()),
        ]


def _cell(result: SuiteResult | None) -> str:
    if result is None:
        return "not run"
    return f"{result.isolated_s:.1f} s" + (f", {result.differing} differ" if result.differing else "")


if __name__ == "__main__":
    sys.stdout.write(table(kept(Path(sys.argv[1]))))
