"""What the commands have in common: what they take, where a report goes, and what is told of a pytest that failed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

#: Of pytest, where it finds no test.
NO_TESTS = 5
_TOLD_LINES = 8
#: Of anything that is counted: beyond it a command would take days, and is a mistake.
_MOST = 1000


def count(text: str) -> int:
    """An argument that is a number of runs or processes.

    Raises:
        argparse.ArgumentTypeError: it is none, or far too large.
    """
    if not (text.isdecimal() and 1 <= int(text) <= _MOST):
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number from 1 to {_MOST}")
    return int(text)


def deliver(command: str, report: str, output: Path | None) -> bool:
    """Write the report to this file, or to standard output: also where there can be no such file, and then False."""
    if output is not None:
        try:
            # Half characters, of names that are not UTF-8, are in no file.
            output.write_text(report, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            complain(command, f"{output}: {error.strerror}")
        else:
            return True
    encoding = sys.stdout.encoding
    sys.stdout.write(report.encode(encoding, "backslashreplace").decode(encoding))
    return output is None


def complain(command: str, what: str) -> None:
    """Tell the user why there is no report."""
    print(f"isolated-async {command}: {what}", file=sys.stderr)


def end_of(printed: str) -> str:
    """The last lines of what pytest has printed."""
    return "\n".join(f"    {line}" for line in printed.strip().splitlines()[-_TOLD_LINES:])
