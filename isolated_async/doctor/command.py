"""The command ``isolated-async doctor``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..command_output import complain, deliver
from .collected import NotCollected
from .examination import examine
from .formats import FORMATS

#: Exit statuses; 2 is that of bad arguments.
SOUND, FOUND, NOT_COLLECTED, NOT_WRITTEN = 0, 1, 3, 4

USAGE = "[options]"
EPILOG = """
exit status: 0 nothing was found; 1 something was; 2 bad arguments; 3 the suite, or a part of it, could not be
collected; 4 the report could not be written
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of this command alone."""
    parser.add_argument("--format", choices=list(FORMATS), default="text", help="of the report (default: text)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there, and not to the terminal")


def run(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Examine the suite that these arguments of pytest stand for; the exit status."""
    try:
        examination = examine(arguments)
    except NotCollected as error:
        complain("doctor", str(error))
        return NOT_COLLECTED
    if not deliver("doctor", FORMATS[options.format](examination), options.output):
        return NOT_WRITTEN
    if examination.suite.errors:
        return NOT_COLLECTED
    return FOUND if examination.findings else SOUND
