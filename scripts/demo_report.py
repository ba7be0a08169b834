"""Runs examples/broken_suite in process and isolated, and prints both side by side.

::

    in process: pytest -p demo_trace --junitxml ...  --.
    isolated:   pytest -p demo_trace --junitxml ...  --+--> Outcome per test --> compared with EXPECTED --> table
    timed:      pytest, the six tests, nothing else  -----> pytest's own summary line --------------------> last lines

The exit status is 0 if every test ended as EXPECTED says on both sides, else 1. ``scripts/demo`` starts it in a
virtual environment of its own; needs the standard library, and pytest with isolated-async for the runs.
"""

from __future__ import annotations

import itertools
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
SUITE = SCRIPTS.parent / "examples" / "broken_suite"

IN_PROCESS = "--isolated-loop-mode=off"
ISOLATED = "--isolated-loop"
SIX_TESTS = "test_event_delivery.py"

#: Runs of the six tests, of which the median is told: a single one says more about the machine than about them.
TIMED_RUNS = 5
#: Seconds after which a run of the suite hangs: it takes about one.
RUN_LIMIT_S = 120.0
#: Names in front of a message that say nothing more than "failed" does.
_COMMON_ERRORS = re.compile("^(AssertionError|RuntimeError): ")
#: Columns of a terminal whose width nobody knows, and the least that the table takes.
USUAL_WIDTH, LEAST_WIDTH = 168, 120
HEADING = ("test", "in process", "isolated", "what it means")
SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test ended in one run.

    Attributes:
        result: passed, failed, error or skipped.
        message: the first line of what it failed with, empty if it did not.
        body_began: False where pytest called the test and its body never began to run.
        process: id of the process it ran in.
    """

    result: str
    message: str
    body_began: bool
    process: int

    def describe(self) -> str:
        if self.result != "passed":
            return f"{self.result}: {_COMMON_ERRORS.sub('', self.message)}"
        return "passed" if self.body_began else "passed (never ran its body)"


@dataclass(frozen=True, slots=True)
class Expected:
    """What one test must show: each side as the beginning of :meth:`Outcome.describe`, and what that means."""

    in_process: str
    isolated: str
    meaning: str


_ALREADY_RUNNING = "failed: This event loop is already running"
_NEVER_RAN = "passed (never ran its body)"
_SOUND = "sound; its set-up nests loops"

EXPECTED = {
    **{
        f"test_event_delivery.py::EventDelivery::{name}": Expected(_ALREADY_RUNNING, "passed", _SOUND)
        for name in (
            "test_event_reaches_its_subscriber",
            "test_events_arrive_in_order",
            "test_every_subscriber_gets_every_event",
            "test_late_client_catches_up",
            "test_lost_client_harms_no_other",
            "test_other_topics_stay_silent",
        )
    },
    "test_false_green.py::History::test_last_events_come_oldest_first": Expected(
        _NEVER_RAN, "passed", "false green; runs now, and is right"
    ),
    "test_false_green.py::History::test_last_zero_events_are_none": Expected(
        _NEVER_RAN, "failed: Lists differ: ['first'] != []", "false green that hid a real bug"
    ),
    "test_false_green.py::Publishing::test_publishing_to_nobody_says_so": Expected(
        _NEVER_RAN, "failed: assert 0 is False", "false green; its assertion is wrong"
    ),
    "test_false_green.py::Publishing::test_second_client_receives": Expected(
        _NEVER_RAN, "passed", "false green; runs now, and is right"
    ),
    "test_neighbours.py::SelfCheck::test_leaves_no_loop": Expected(
        "passed", "passed", "sound; not async, so not isolated"
    ),
    "test_neighbours.py::AfterSelfCheck::test_needs_a_loop": Expected(
        "failed: There is no current event loop", "passed", "sound; broken by the one before"
    ),
    "test_neighbours.py::OwnLoop::test_leaves_a_closed_loop": Expected(
        "passed", "passed", "sound; leaves a closed loop"
    ),
    "test_neighbours.py::AfterOwnLoop::test_needs_an_open_loop": Expected(
        "failed: Event loop is closed", "passed", "sound; broken by the one before"
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        as_expected: False where a side shows something else than EXPECTED says, or no such test is known.
    """

    node_id: str
    in_process: str
    isolated: str
    meaning: str
    as_expected: bool

    @property
    def group(self) -> str:
        """The node id without the test's own name."""
        return self.node_id.rpartition("::")[0]

    @property
    def name(self) -> str:
        return self.node_id.rpartition("::")[2]


def run_suite(mode: str, junit: Path) -> dict[str, Outcome]:
    """Run the whole suite and return what became of each test, by node id.

    Args:
        mode: the option that decides what is isolated.
        junit: where pytest writes its JUnit file.

    Raises:
        RuntimeError: pytest did not get as far as reporting tests.
    """
    # Exit status 1 is "some tests failed": what the demo is about.
    finished = _pytest("-q", mode, "-p", "demo_trace", f"--junitxml={junit}")
    if finished.returncode not in (0, 1):
        raise RuntimeError(f"pytest {mode} ended with status {finished.returncode}:\n{finished.stdout}")
    return dict(read_outcomes(junit))


def read_outcomes(junit: Path) -> Iterator[tuple[str, Outcome]]:
    """Node id and outcome of each test in the JUnit file of a run that had the plugin ``demo_trace``."""
    for case in ElementTree.parse(junit).iter("testcase"):
        properties = {each.get("name"): each.get("value", "") for each in case.iter("property")}
        node_id = properties.get("node id", f"{case.get('classname')}::{case.get('name')}")
        result, message = "passed", ""
        for tag, name in (("failure", "failed"), ("error", "error"), ("skipped", "skipped")):
            if (element := case.find(tag)) is not None:
                result, message = name, _first_line(element.get("message", ""))
        began = properties.get("body began") == "True"
        yield node_id, Outcome(result, message, began, int(properties.get("process", 0)))


def compare(
    in_process: Mapping[str, Outcome], isolated: Mapping[str, Outcome], expected: Mapping[str, Expected] = EXPECTED
) -> list[Row]:
    """A row for each test that ran on either side or was expected to, in that order."""
    rows = []
    for node_id in dict.fromkeys([*in_process, *isolated, *expected]):
        here, there = (
            run[node_id].describe() if node_id in run else "did not run at all" for run in (in_process, isolated)
        )
        known = expected.get(node_id)
        if known is None:
            rows.append(Row(node_id, here, there, "UNEXPECTED test", False))
        elif _is(here, known.in_process) and _is(there, known.isolated):
            rows.append(Row(node_id, here, there, known.meaning, True))
        else:
            rows.append(
                Row(node_id, here, there, f"UNEXPECTED; should be {known.in_process}, then {known.isolated}", False)
            )
    return rows


def format_table(rows: Sequence[Row], width: int) -> str:
    """The rows, those of one class together, each cell wrapped so that no line is longer than ``width`` characters."""
    cells = [(f"  {row.name}", row.in_process, row.isolated, row.meaning) for row in rows]
    widths = _column_widths([HEADING, *cells], max(width, LEAST_WIDTH))
    lines = [*_wrapped(HEADING, widths), "-+-".join("-" * each for each in widths)]
    group = ""
    for row, texts in zip(rows, cells, strict=True):
        if row.group != group:
            group = row.group
            lines.append(group)
        lines += _wrapped(texts, widths)
    return "\n".join(line.rstrip() for line in lines)


def time_six_tests() -> list[str]:
    """The summary lines of several runs of the six tests alone, the fastest first."""
    summaries = [_pytest(ISOLATED, SIX_TESTS).stdout.splitlines()[-1].strip("= ") for _ in range(TIMED_RUNS)]
    return sorted(summaries, key=_seconds)


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        in_process = run_suite(IN_PROCESS, Path(directory, "in_process.xml"))
        isolated = run_suite(ISOLATED, Path(directory, "isolated.xml"))
    rows = compare(in_process, isolated)
    print(f"examples/broken_suite on Python {platform.python_version()}: pytest {IN_PROCESS} | pytest {ISOLATED}\n")
    print(format_table(rows, shutil.get_terminal_size((USUAL_WIDTH, 24)).columns))
    processes = {outcome.process for node_id, outcome in isolated.items() if node_id.startswith(SIX_TESTS)}
    summaries = time_six_tests()
    as_expected = sum(row.as_expected for row in rows)
    print(f"\n{as_expected} of {len(rows)} tests as expected on both sides")
    print(f"the six tests of {SIX_TESTS}, isolated: {len(processes)} processes")
    print(f"pytest {ISOLATED} {SIX_TESTS}: {summaries[TIMED_RUNS // 2]} (the median of {TIMED_RUNS} runs)")
    all_passed = all(each.startswith("6 passed in ") for each in summaries)
    return 0 if as_expected == len(rows) and len(processes) == 6 and all_passed else 1


def _pytest(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in the suite's directory as it is configured there, whatever this shell asks of pytest."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    environment["PYTHONPATH"] = str(SCRIPTS)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=SUITE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_LIMIT_S,
    )


def _seconds(summary: str) -> float:
    """What pytest's summary line says about the time; infinite for a line that is none."""
    told = re.search(r" in ([\d.]+)s", summary)
    return float(told[1]) if told else float("inf")


def _first_line(text: str) -> str:
    return text.partition("\n")[0].strip()


def _is(described: str, expected: str) -> bool:
    # Two kinds of "passed" begin alike; what follows a failure's message is the business of the Python version.
    return described == expected if expected.startswith("passed") else described.startswith(expected)


def _column_widths(table: Sequence[Sequence[str]], width: int) -> list[int]:
    """What each column needs; where that is too much together, the widest give way, but never the names."""
    names, *widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    available = width - names - len(SEPARATOR) * len(widths)
    while sum(widths) > available:
        widths[widths.index(max(widths))] -= 1
    return [names, *widths]


def _wrapped(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    columns = [textwrap.wrap(cell, width, subsequent_indent="  ") for cell, width in zip(cells, widths, strict=True)]
    return [
        SEPARATOR.join(line.ljust(width) for line, width in zip(lines, widths, strict=True))
        for lines in itertools.zip_longest(*columns, fillvalue="")
    ]


if __name__ == "__main__":
    sys.exit(main())
