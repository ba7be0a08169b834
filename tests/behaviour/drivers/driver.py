"""How a driver is tested: one suite of its tests, run in process and isolated, that ends the same way on both sides.

Each body of a test calls ``ran()``, so that a report that says passed is no proof by itself; and each suite has a test
that must fail.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import metadata

from packaging.version import Version

from ...patterns.pattern import Outcome, Pattern, check, differences, write
from ..conftest import Suite

#: Each plugin alone: the others are switched off, so that it is clear who drives.
BUILT_IN = ("-p", "no:asyncio", "-p", "no:anyio")
PYTEST_ASYNCIO = ("-p", "no:anyio")
ANYIO = ("-p", "no:asyncio", "-p", "anyio")
TRIO = ("-p", "no:asyncio", "-p", "no:anyio", "-p", "trio")

QUIET = ("-W", "ignore::pytest.PytestConfigWarning")


def version_of(distribution: str) -> tuple[int, ...]:
    """Of what is installed here: the lowest supported versions do not do all that the newest do."""
    return Version(metadata.version(distribution)).release


def check_driver(
    suite: Suite,
    source: str,
    expected: Mapping[str, Outcome],
    *arguments: str,
    in_process: Mapping[str, Outcome] | None = None,
    also: Mapping[str, str] | None = None,
) -> None:
    """Run ``source`` on both sides and compare the ending of every test.

    Args:
        expected: end of the node id -> ending, isolated.
        arguments: pytest's, on both sides.
        in_process: endings that differ from ``expected`` when nothing is isolated.
        also: further modules of the suite, by name.
    """
    check(
        suite,
        Pattern(
            id="driver",
            title="",
            source=source,
            in_process={**expected, **(in_process or {})},
            isolated=expected,
            also=also or {},
            in_process_arguments=(*QUIET, *arguments),
            isolated_arguments=(*QUIET, *arguments),
        ),
    )


def check_mended(
    suite: Suite,
    source: str,
    expected: Mapping[str, Outcome],
    *arguments: str,
    also: Mapping[str, str] | None = None,
    since: tuple[int, int] = (3, 10),
) -> None:
    """The same for what breaks in process: there, at least one test ends in another way, since this Python."""
    write(suite, source, also or {})
    in_process = suite.run_in_process(*QUIET, *arguments)
    broken = differences(suite, in_process, expected, "in process")
    assert broken or sys.version_info < since, "ends the same way in process"
    isolated = suite.run("--isolated-loop", *QUIET, *arguments)
    found = differences(suite, isolated, expected, "isolated")
    assert not found, "\n".join(found)
