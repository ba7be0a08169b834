"""One way in which async tests and event loops collide, what it does in process, and what isolation gives.

::

    Pattern.source --+--> in process (--isolated-loop-mode=off) --reports, evidence--> Pattern.in_process
                     `--> isolated   (--isolated-loop)          --reports, evidence--> Pattern.isolated

Evidence is what the tests themselves wrote down: a report alone cannot tell a test that passed from one that never ran.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pytest

from ..behaviour.conftest import Run, Suite

#: How a test ends. FG is a false green: the reports say passed, and the body of the test never ran. No row wants
#: "ran twice".
Kind = Literal["passed", "FG", "failed", "error", "teardown error", "skipped", "xfailed", "ran twice"]

_QUIET = ("-W", "ignore::pytest.PytestConfigWarning", "-W", "ignore::pytest.PytestUnknownMarkWarning")
#: No async plugin: what is in process then is pytest and unittest alone.
PLAIN = ("-p", "no:asyncio", "-p", "no:anyio", *_QUIET)
#: The same, and any warning fails.
STRICT = ("-W", "error", *PLAIN)
#: Pytest-asyncio drives every async test and fixture.
AUTO = ("-p", "no:anyio", "--asyncio-mode=auto", *_QUIET)
#: The same with a loop for each scope of fixtures, as it is by default (and was before there was an option).
OWN_SCOPE = ("-c", os.devnull, "--rootdir=.", *AUTO, "-W", "ignore::pytest.PytestDeprecationWarning")

#: What each source starts with.
_PREAMBLE = """\
import asyncio, contextlib, contextvars, functools, inspect, os, sys, threading, time, unittest
from unittest import mock

import pytest

from evidence import note, ran
"""

#: Imported by each source. A line for each note: where it was taken, which test was running, what it says.
_EVIDENCE = """
import os

def note(text):
    where = "in process" if os.environ["REPORT_LOG_PID"] == str(os.getpid()) else "isolated"
    test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
    with open(os.path.join(os.path.dirname(__file__), "evidence.txt"), "a") as file:
        file.write(f"{where}|{test}|{text}\\n")

def ran():
    "Called by the body of a test."
    note("body")
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test ends.

    Attributes:
        says: part of what its reports say; of a test without a failure, part of what pytest writes.
        notes: what else the test wrote down, apart from its body having run.
        since: the oldest Python that has this test.
    """

    kind: Kind
    says: str = ""
    notes: tuple[str, ...] = ()
    since: tuple[int, int] = (3, 10)

    def on(self, major: int, minor: int) -> Outcome:
        """The same for a test that exists from this Python on."""
        return replace(self, since=(major, minor))

    def noting(self, *notes: str) -> Outcome:
        """The same for a test that also writes ``notes``."""
        return replace(self, notes=notes)


PASSED = Outcome("passed")
FALSE_GREEN = Outcome("FG")
SKIPPED = Outcome("skipped")
XFAILED = Outcome("xfailed")


def failed(says: str) -> Outcome:
    """Fails in its call stage."""
    return Outcome("failed", says)


def error(says: str) -> Outcome:
    """Fails in set-up."""
    return Outcome("error", says)


def teardown_error(says: str) -> Outcome:
    """Passes, and its teardown stage fails."""
    return Outcome("teardown error", says)


#: A bare async test without an async plugin: before 8.4, pytest skips it.
UNSUPPORTED = (
    failed("async def functions are not natively supported") if pytest.version_tuple >= (8, 4) else Outcome("skipped")
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One row of the catalogue, in a few variants that share a module.

    Attributes:
        id: the row.
        source: the test module, without its imports.
        in_process: end of the node id -> outcome, of every test in ``source``.
        also: further modules of the suite, by name.
        since: the oldest Python that has what the row is about.
    """

    id: str
    title: str
    source: str
    in_process: Mapping[str, Outcome]
    isolated: Mapping[str, Outcome]
    also: Mapping[str, str] = field(default_factory=dict)
    in_process_arguments: tuple[str, ...] = PLAIN
    isolated_arguments: tuple[str, ...] = STRICT
    since: tuple[int, int] = (3, 10)

    def __str__(self) -> str:
        return self.id


def every(names: str, outcome: Outcome) -> dict[str, Outcome]:
    """The same outcome for each of these tests; names separated by spaces."""
    return dict.fromkeys(names.split(), outcome)


def check(suite: Suite, pattern: Pattern) -> None:
    """Run the pattern on both sides and compare every test of it."""
    if sys.version_info < pattern.since:
        pytest.skip(f"needs Python {pattern.since[0]}.{pattern.since[1]}")
    write(suite, pattern.source, pattern.also)
    in_process = suite.run_in_process(*pattern.in_process_arguments)
    found = differences(suite, in_process, pattern.in_process, "in process")
    isolated = suite.run("--isolated-loop", *pattern.isolated_arguments)
    found += differences(suite, isolated, pattern.isolated, "isolated")
    assert not found, "\n".join(found)


def write(suite: Suite, source: str, also: Mapping[str, str]) -> None:
    """Write the test module of a pattern, the further modules, and what both take evidence with."""
    suite.write(
        evidence=_EVIDENCE,
        **{name: _PREAMBLE + textwrap.dedent(text) for name, text in {"test_pattern": source, **also}.items()},
    )


def differences(suite: Suite, run: Run, expected: Mapping[str, Outcome], side: str) -> list[str]:
    """A text for each test that did not end as expected, was not expected, or ran on the wrong side."""
    evidence_file = suite.path / "evidence.txt"
    evidence = [line.split("|") for line in evidence_file.read_text().splitlines()] if evidence_file.exists() else []
    evidence_file.unlink(missing_ok=True)
    found = [f"{test} ran {where}, not {side}" for where, test, _ in evidence if where != side]
    node_ids = {node_id.partition("::")[2]: node_id for node_id in (report["nodeid"] for report in run.reports)}
    for name in sorted({*node_ids, *expected}):
        wanted = expected.get(name)
        seen = None
        if name in node_ids:
            notes = Counter(text for _, test, text in evidence if test == node_ids[name])
            kind = _kind(run, node_ids[name], notes.pop("body", 0))
            seen = Outcome(kind, notes=tuple(notes.elements()))
            if wanted is not None:
                says = (
                    run.text_of(node_ids[name]) if "failed" in run.outcome_of(node_ids[name]).values() else run.stdout
                )
                seen = replace(seen, says=wanted.says if wanted.says in says else says, since=wanted.since)
        if wanted is not None and sys.version_info < wanted.since:
            wanted = None
        if seen != wanted:
            found.append(f"{side}, {name}:\n  expected {wanted}\n  seen     {seen}\n{getattr(seen, 'says', '')}")
    return found if node_ids else [f"{side}: no test ran\n{run.stdout}\n{run.stderr}"]


def _kind(run: Run, node_id: str, bodies: int) -> Kind:
    reports = [report for report in run.reports if report["nodeid"] == node_id]
    failures = {report["when"] for report in reports if report["outcome"] == "failed"}
    if any(report["wasxfail"] is not None for report in reports):
        return "xfailed"
    if "setup" in failures:
        return "error"
    if any(report["outcome"] == "skipped" for report in reports):
        return "skipped"
    if "call" in failures:
        return "failed"
    if bodies > 1:
        return "ran twice"
    if "teardown" in failures:
        return "teardown error"
    return "passed" if bodies else "FG"
