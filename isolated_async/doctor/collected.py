"""What pytest collects of a suite, asked of a pytest in a process of its own: to import a suite may do anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from isolated_async_workers.wire.light_dataclass import dataclass

from ..command_output import NO_TESTS, end_of
from .collection_plugin import FILE

#: Pytest's exit statuses where parts of the suite cannot be collected: it goes on with the others, or does not.
_WITH_ERRORS = (1, 2)
#: Whose command line has it knows no setting of the cache.
_NO_CACHE = "no:cacheprovider"


class NotCollected(Exception):
    """Pytest could not begin with this suite, or did not come to its end, or there is no test."""


@dataclass(frozen=True, slots=True)
class Collected:
    """Of one suite.

    Attributes:
        tests: how many there are.
        isolated: how many of them --isolated-loop isolates.
        modules: file by name, of all modules of the suite's own.
        with_tests: those of these files in which pytest finds tests, chosen or not.
        plugins: version by name.
        differences: what is not as in process with these plugins.
        errors: one line for each part that could not be collected.
    """

    tests: int
    isolated: int
    modules: Mapping[str, str]
    with_tests: Sequence[str]
    plugins: Mapping[str, str]
    differences: Sequence[str]
    errors: Sequence[str]


def collect(arguments: Sequence[str]) -> Collected:
    """What these arguments of pytest collect, in the current directory.

    Raises:
        NotCollected: nothing.
    """
    command = [sys.executable, "-m", "pytest", "-p", "isolated_async.doctor.collection_plugin"]
    command += ["--collect-only", "-q", "--isolated-loop"]
    with tempfile.TemporaryDirectory(prefix="isolated-async-") as directory:
        if not any(_NO_CACHE in each for each in arguments):
            # An empty one: --lf and its like choose all tests then, and nothing is written into the suite's own.
            command += ["-o", f"cache_dir={Path(directory) / 'cache'}"]
        notes = Path(directory) / "collected.json"
        done = subprocess.run(
            [*command, *arguments],
            env={**os.environ, FILE: str(notes)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        collected = Collected(**json.loads(notes.read_text())) if notes.exists() else None
    # What pytest has noted before it broke off is not all that there is.
    if collected is None or not _has_come_to_its_end(done.returncode, collected):
        raise NotCollected(
            f"pytest does not collect this suite (exit status {done.returncode}):\n{end_of(done.stdout)}"
        )
    if done.returncode == NO_TESTS or not (collected.tests or collected.errors):
        raise NotCollected("pytest finds no test here")
    return collected


def _has_come_to_its_end(status: int, collected: Collected) -> bool:
    """True if pytest has gone through the whole suite, but for the parts that are among the errors."""
    return status in (0, NO_TESTS) or (status in _WITH_ERRORS and bool(collected.errors))
