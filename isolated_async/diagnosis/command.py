"""The command ``isolated-async diagnose``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from isolated_async_workers.wire.probes import KnownSuite
from isolated_async_workers.wire.system import usable_cpus

from ..command_output import complain, count, deliver
from .checks import Checks
from .diagnosis import Investigation
from .formats import FORMATS
from .names import UnknownTest, find_test
from .probers import NotCollected, Probers

#: Exit statuses.
FOUND, BAD_ARGUMENTS, NOT_RUN, NOT_WRITTEN, FAILS_ALONE, PASSES, NOT_FOUND, BROKEN_OFF = 0, 2, 3, 4, 5, 6, 7, 130
_STATUSES = {
    "found": FOUND,
    "fails alone": FAILS_ALONE,
    "passes": PASSES,
    "not found": NOT_FOUND,
}
#: Probes at once, however many processors there are: each is a whole process of the suite.
_MOST_AT_ONCE = 8

_SHUFFLED = "a plugin shuffles the tests: this is about one order, and with another seed other tests come before it"
USAGE = "TEST [options]"
EPILOG = """
exit status: 0 the tests that make it fail were found; 2 bad arguments, or no such test; 3 the suite could not be
collected, or not run; 4 the report could not be written; 5 the test fails alone; 6 it does not fail in company; 7 it
fails, and nobody can say after which tests; 130 after Ctrl-C, when what is known so far is reported
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of this command alone."""
    parser.add_argument("test", metavar="TEST", help="node id of a test that fails in company and passes alone")
    parser.add_argument(
        "--runs", type=count, default=4, metavar="N", help="alone, in company, and after what was found (default: 4)"
    )
    parser.add_argument(
        "--timeout", type=_seconds, default=60.0, metavar="S", help="seconds that one test may take (default: 60)"
    )
    parser.add_argument(
        "--at-once", type=count, metavar="N", help="processes that run tests at a time (default: one a processor)"
    )
    parser.add_argument("--format", choices=list(FORMATS), default="text", help="of the report (default: text)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there, and not to the terminal")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r}: seconds, more than 0")
    return seconds


def run(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Diagnose the test, in the suite that these arguments of pytest stand for; the exit status."""
    began = time.monotonic()
    investigation: Investigation | None = None
    #: Why there is no more than what was known by then.
    status: int | None = None
    with tempfile.TemporaryDirectory(prefix="isolated-async-", ignore_cleanup_errors=True) as name:
        directory = Path(name).resolve()
        probers = Probers(arguments, directory, options.at_once or min(usable_cpus(), _MOST_AT_ONCE))
        checks = Checks(directory)
        try:
            with probers.collected() as suite:
                victim = find_test(options.test, suite.tests)
                investigation = Investigation(probers, victim, options.timeout, checks, _tell)
                investigation.diagnosis.notes += _notes(suite)
                investigation.investigate(options.runs)
        except UnknownTest as error:
            complain("diagnose", str(error))
            return BAD_ARGUMENTS
        except (NotCollected, OSError) as error:
            complain("diagnose", str(error))
            status = NOT_RUN
        except KeyboardInterrupt:
            status = BROKEN_OFF
    if investigation is None:
        assert status is not None
        return status
    found = investigation.diagnosis
    if status is not None:
        found.verdict = "broken off"
    found.probes, found.pytests = probers.probes, probers.pytests + checks.pytests
    found.seconds = time.monotonic() - began
    is_delivered = deliver("diagnose", FORMATS[options.format](found), options.output)
    if status is not None:
        return status
    return _STATUSES[found.verdict] if is_delivered else NOT_WRITTEN


def _notes(suite: KnownSuite) -> Iterator[str]:
    if suite.why_no_forks:
        yield f"each probe is a pytest of its own: {suite.why_no_forks}"
    if suite.shuffled:
        yield _SHUFFLED


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
