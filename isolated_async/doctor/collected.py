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

#: Pytest's exit status for arguments that it does not take.
_USAGE_ERROR = 4


class NotCollected(Exception):
    """Pytest could not begin with this suite, or there is no test."""


@dataclass(frozen=True, slots=True)
class Collected:
    """Of one suite.

    Attributes:
        tests: how many there are.
        isolated: how many of them --isolated-loop isolates.
        modules: file by name, of all modules of the suite's own.
        plugins: version by name.
        differences: what is not as in process with these plugins.
        errors: one line for each part that could not be collected.
    """

    tests: int
    isolated: int
    modules: Mapping[str, str]
    plugins: Mapping[str, str]
    differences: Sequence[str]
    errors: Sequence[str]


def collect(arguments: Sequence[str]) -> Collected:
    """What these arguments of pytest collect, in the current directory.

    Raises:
        NotCollected: nothing.
    """
    command = [sys.executable, "-m", "pytest", "-p", "isolated_async.doctor.collection_plugin"]
    command += ["--collect-only", "-q", "--isolated-loop", "-p", "no:cacheprovider", *arguments]
    with tempfile.TemporaryDirectory(prefix="isolated-async-") as directory:
        notes = Path(directory) / "collected.json"
        done = subprocess.run(
            command,
            env={**os.environ, FILE: str(notes)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if not notes.exists() or done.returncode == _USAGE_ERROR:
            raise NotCollected(
                f"pytest does not collect this suite (exit status {done.returncode}):\n{end_of(done.stdout)}"
            )
        collected = Collected(**json.loads(notes.read_text()))
    if done.returncode == NO_TESTS or not (collected.tests or collected.errors):
        raise NotCollected("pytest finds no test here")
    return collected
