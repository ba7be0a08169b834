"""The command ``isolated-async compare``."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from isolated_async_workers.wire.status_names import signal_name

from ..command_output import NO_TESTS, complain, count, deliver, end_of
from .formats import FORMATS, usual_format
from .reproducing import asked
from .runs import Run, Runs
from .sides import DEFAULT, IN_PROCESS, MODES, SIDES, Side
from .tally import ENOUGH_RUNS, tally

#: Exit statuses; 2 is that of bad arguments.
SAME, DIFFERENT, NOT_RUN, NOT_WRITTEN, BROKEN_OFF = 0, 1, 3, 4, 130

USAGE = "[options]"
EPILOG = """
exit status: 0; 1 with --fail-on-difference, if a test ends otherwise, or a side never comes to the end of the suite;
2 bad arguments; 3 the suite could not be run; 4 the report could not be written; 130 after Ctrl-C, when what was
recorded so far is reported
"""


class NotRun(Exception):
    """Pytest could not run the suite on one side."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of this command alone."""
    parser.add_argument(
        "--runs", type=count, default=ENOUGH_RUNS, metavar="N", help="of each side (default: %(default)s)"
    )
    parser.add_argument(
        "--against",
        action="append",
        choices=[name for name in SIDES if name != IN_PROCESS.name],
        help=f"what to compare with; may be given several times (default: {DEFAULT})",
    )
    parser.add_argument("--mode", choices=MODES, default=MODES[0], help="which tests are isolated (default: async)")
    parser.add_argument(
        "--random-order", action="store_true", help="another order for each pair of runs, the same for both"
    )
    parser.add_argument(
        "--fail-on-difference",
        action="store_true",
        help="exit with 1 if a test ends otherwise, or a side never comes to the end of the suite",
    )
    parser.add_argument(
        "--record", type=Path, metavar="DIR", help="keep what runs record there, and go on from what is there"
    )
    parser.add_argument(
        "--format",
        choices=list(FORMATS),
        help="of the report (default: table on a terminal where rich is installed, else text)",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there, and not to the terminal")


def run(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Compare the suite that these arguments of pytest stand for; the exit status."""
    sides = [IN_PROCESS, *(SIDES[name] for name in dict.fromkeys(options.against or [DEFAULT]))]
    for_terminal = options.output is None and sys.stdout.isatty()
    form = options.format or usual_format(for_terminal)
    # Before the runs: they take long, and nobody wants them for nothing.
    if problem := _problem(sides, form):
        complain("compare", problem)
        return NOT_RUN
    try:
        with _directory(options.record) as directory:
            runs = Runs(directory, arguments, options.mode)
            broken_off = not _run_all(runs, sides, options)
            recorded = {side.name: _recorded(runs, side, options) for side in sides}
    except NotRun as error:
        complain("compare", str(error))
        return NOT_RUN
    except OSError as error:
        complain("compare", f"{error.filename or options.record or 'the record'}: {error.strerror}")
        return NOT_WRITTEN
    compared = tally(recorded, asked(_command(options, arguments), arguments, options.mode, recorded, for_terminal))
    is_delivered = deliver("compare", FORMATS[form].render(compared), options.output)
    if broken_off:
        return BROKEN_OFF
    if not is_delivered:
        return NOT_WRITTEN
    # Where a side was broken off each time, nobody knows of the rest.
    is_worth_a_failure = compared.has_differences or compared.is_partial
    return DIFFERENT if options.fail_on_difference and is_worth_a_failure else SAME


def _problem(sides: Sequence[Side], form: str) -> str:
    """Why this cannot be done here; empty if it can."""
    for side in sides:
        if side.problem:
            return f"{side.name} cannot be run here: {side.problem}"
    problem = FORMATS[form].problem
    return f"there can be no report as {form} here: {problem}" if problem else ""


def _command(options: argparse.Namespace, arguments: Sequence[str]) -> list[str]:
    """What makes the same comparison again."""
    words = ["isolated-async", "compare", f"--runs={options.runs}", f"--mode={options.mode}"]
    words += [f"--against={name}" for name in options.against or []]
    words += ["--random-order"] if options.random_order else []
    return [*words, "--", *arguments] if arguments else words


def _run_all(runs: Runs, sides: Sequence[Side], options: argparse.Namespace) -> bool:
    """Make all runs; False if the user has broken them off."""
    began, turns = time.monotonic(), _turns(sides, options.runs)
    try:
        for so_far, (side, number) in enumerate(turns, 1):
            done = runs.run(side, number, _seed(number, options))
            if not done.has_begun:
                raise NotRun(_why_not(done, runs, side))
            left_s = (time.monotonic() - began) / so_far * (len(turns) - so_far)
            to_go = f"; about {left_s:.0f} s to go" if so_far < len(turns) else ""
            print(f"{side.name}, run {number} of {options.runs}: {_describe(done)}{to_go}", file=sys.stderr)
    except KeyboardInterrupt:
        return False
    return True


def _turns(sides: Sequence[Side], runs: int) -> list[tuple[Side, int]]:
    """In turn, and each side first in its turn: what a machine does meanwhile hits all of them."""
    return [(sides[(first + number) % len(sides)], number + 1) for number in range(runs) for first in range(len(sides))]


def _describe(done: Run) -> str:
    failed = sum(each.outcome in ("failed", "error") for each in done.tests.values())
    counts = f"{len(done.tests)} test{'' if len(done.tests) == 1 else 's'}{f', {failed} failed' if failed else ''}"
    end = "" if done.is_whole else f", then pytest {_end_of(done)}"
    return f"{counts}, {done.wall_s:.1f} s{end}"


def _end_of(done: Run) -> str:
    assert done.exit_status is not None
    if done.exit_status < 0:
        return f"was killed by {signal_name(-done.exit_status)}"
    return f"has ended with status {done.exit_status}"


def _why_not(done: Run, runs: Runs, side: Side) -> str:
    what = "pytest finds no test" if done.exit_status == NO_TESTS else f"pytest exits with {done.exit_status}"
    collected = "".join(f"\n    not collected: {each}" for each in done.not_collected)
    printed = runs.log(side, done.number).read_text(encoding="utf-8", errors="replace")
    return f"{side.name}: {what}{collected}\n{end_of(printed)}"


def _recorded(runs: Runs, side: Side, options: argparse.Namespace) -> list[Run]:
    numbers = range(1, options.runs + 1)
    return [run for number in numbers if (run := runs.read(side, number, _seed(number, options))) is not None]


def _seed(number: int, options: argparse.Namespace) -> str:
    return str(number) if options.random_order else ""


@contextlib.contextmanager
def _directory(named: Path | None) -> Iterator[Path]:
    if named is not None:
        yield named
    else:
        with tempfile.TemporaryDirectory(prefix="isolated-async-") as directory:
            yield Path(directory)
