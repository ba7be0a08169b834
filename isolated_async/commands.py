"""The program ``isolated-async``: one command each, and after ``--`` the arguments of pytest."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import __version__
from .doctor import command as doctor


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that these arguments ask for, or those of this process; the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    own, of_pytest = (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    parser = argparse.ArgumentParser(prog="isolated-async", description=__doc__)
    parser.add_argument("--version", action="version", version=f"isolated-async {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    of_doctor = commands.add_parser(
        "doctor",
        help="look for what makes async tests fail, on this machine and in this suite",
        description="Look for what makes async tests fail, on this machine and in this suite.",
        epilog=doctor.EPILOG,
        usage="isolated-async doctor [options] [-- arguments of pytest]",
    )
    doctor.add_arguments(of_doctor)
    return doctor.run(parser.parse_args(own), of_pytest)
