"""The program ``isolated-async``: one command each, and after ``--`` the arguments of pytest."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Protocol

from . import __version__
from .comparison import command as compare
from .diagnosis import command as diagnose
from .doctor import command as doctor
from .processes.system import hear_of_ended_children


class Command(Protocol):
    """The module of a command."""

    EPILOG: str
    #: How it is called, without the arguments of pytest.
    USAGE: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Those of this command alone."""

    def run(self, options: argparse.Namespace, arguments: Sequence[str]) -> int:
        """With these ``arguments`` of pytest; the exit status."""


_COMMANDS: dict[str, tuple[Command, str]] = {
    "compare": (compare, "run the suite in process and isolated, in turn, and tell what is different"),
    "diagnose": (diagnose, "find the tests after which a test fails that passes alone, and what they leave behind"),
    "doctor": (doctor, "look for what makes async tests fail, on this machine and in this suite"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that these arguments ask for, or those of this process; the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    own, of_pytest = (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    parser = argparse.ArgumentParser(prog="isolated-async", description=__doc__)
    parser.add_argument("--version", action="version", version=f"isolated-async {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (command, what) in _COMMANDS.items():
        own_parser = commands.add_parser(
            name,
            help=what,
            description=f"{what[0].upper()}{what[1:]}.",
            epilog=command.EPILOG,
            usage=f"isolated-async {name} {command.USAGE} [-- arguments of pytest]",
        )
        command.add_arguments(own_parser)
    options = parser.parse_args(own)
    command, _ = _COMMANDS[options.command]
    hear_of_ended_children()
    return command.run(options, of_pytest)
