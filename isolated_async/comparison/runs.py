"""Runs a suite on one side, and keeps what it recorded: also of runs before this one, and of one that was broken off.

::

    DIRECTORY/in-process-1.json     with which arguments; when the run is over, how long it took and how it ended
    DIRECTORY/in-process-1.jsonl    a line for each test, as it ends
    DIRECTORY/in-process-1.log      what pytest has printed
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.system import usage_clock
from isolated_async_workers.wire.unique_names import unique_name

from .recording import FILE, SEED
from .sides import WHOLE, Side

#: Raised when what is recorded changes: records of other versions do not count.
_RECORDS = "records 5"
#: Seconds that pytest has to end after Ctrl-C, which its terminal has sent it too.
_LEAVE_LIMIT_S = 15.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """How one test ended in one run.

    Attributes:
        outcome: passed, failed, error, skipped, xfailed or xpassed.
        began, ended: of its first and of its last stage, in seconds since the epoch, by the clock of where it ran.
        seconds: that its stages took.
        green: it passes in process without having run, as its isolated run has found out.
        why: the first line of a failure.
        isolated: it ran in a worker.
    """

    outcome: str
    began: float
    ended: float
    seconds: float
    green: bool
    why: str
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a suite.

    Attributes:
        tests: by node id; the second of the same node id has ``(2)`` behind it.
        exit_status: of pytest, negative for the signal that has killed it; None if the user has ended it.
        wall_s: seconds from start to end, collection included.
        cpu_s: of pytest and all processes that it has waited for.
        peak_bytes: the largest resident set of one of these; 0 if nobody knows.
        not_collected: node ids of what could not be collected.
        root: the directory that node ids are relative to; empty if pytest did not get so far.
        chosen: of the arguments, those that are files, directories and node ids.
        collected: how many tests there are; 0 if nobody knows, as under xdist.
        has_finished: pytest has come to its own end. A test may end it with any status, 0 included.
    """

    side: str
    number: int
    tests: dict[str, Recorded] = field(default_factory=dict)
    exit_status: int | None = None
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_bytes: int = 0
    not_collected: tuple[str, ...] = ()
    root: str = ""
    chosen: tuple[str, ...] = ()
    collected: int = 0
    has_finished: bool = True

    @property
    def has_begun(self) -> bool:
        """True if tests were run, or the first one has ended pytest."""
        return not self.not_collected and bool(self.tests or (self.collected and not self.has_finished))

    @property
    def is_whole(self) -> bool:
        """True if every test has ended: all have passed, or some have failed."""
        # Whoever ends a session for its failures leaves it with the status of one that has come to its end.
        return self.has_finished and self.exit_status in (0, 1) and len(self.tests) >= self.collected


class Runs:
    """In ``directory``, with these ``arguments`` of pytest and this ``mode`` of isolated-async."""

    def __init__(self, directory: Path, arguments: Sequence[str], mode: str) -> None:
        """Raises OSError: there can be no such directory."""
        self._directory = directory
        self._arguments = list(arguments)
        self._mode = mode
        directory.mkdir(parents=True, exist_ok=True)

    def run(self, side: Side, number: int, seed: str = "") -> Run:
        """Run the suite, but if that has been done here with the same arguments.

        Raises:
            KeyboardInterrupt: the user does not want to wait; what was recorded so far, :meth:`read` has.
            OSError: it cannot be recorded, or there can be no process for it.
        """
        known = self.read(side, number, seed)
        if known is not None and known.exit_status is not None:
            return known
        record, end = self._file(side, number, "jsonl"), self._file(side, number, "json")
        record.unlink(missing_ok=True)
        # Of whatever was here before, nothing counts from now on.
        begun = {"key": self._key(side, seed)}
        _write(end, begun)
        usage, started = usage_clock(with_children=True), time.monotonic()
        cpu_before_s, _ = usage()
        status = self._wait(side, number, seed, record)
        cpu_s, _ = usage()
        measured = {"wall_s": time.monotonic() - started, "cpu_s": cpu_s - cpu_before_s, "exit_status": status}
        _write(end, {**begun, **measured})
        done = self.read(side, number, seed)
        assert done is not None
        return done

    def read(self, side: Side, number: int, seed: str = "") -> Run | None:
        """What was recorded of this run; None if it never began, or was one with other arguments."""
        record, end = self._file(side, number, "jsonl"), self._read_end(side, number)
        if end.get("key") != self._key(side, seed):
            return None
        # A pytest that does not even take its arguments records nothing.
        lines = [_read(line) for line in record.read_bytes().splitlines()] if record.exists() else []
        tests: dict[str, Recorded] = {}
        for line in lines:
            if "test" in line:
                name = unique_name(line.pop("test"), tests)
                tests[name] = Recorded(**line)
        begin: dict[str, Any] = next((line for line in lines if "root" in line), {"root": "", "chosen": ()})
        return Run(
            *(side.name, number, tests, end.get("exit_status"), end.get("wall_s", 0.0), end.get("cpu_s", 0.0)),
            max((line["peak_bytes"] for line in lines if "peak_bytes" in line), default=0),
            tuple(line["not_collected"] for line in lines if "not_collected" in line),
            begin["root"],
            tuple(begin["chosen"]),
            max((line["collected"] for line in lines if "collected" in line), default=0),
            any("exit_status" in line for line in lines),
        )

    def log(self, side: Side, number: int) -> Path:
        """Where what pytest has printed is."""
        return self._file(side, number, "log")

    def _wait(self, side: Side, number: int, seed: str, record: Path) -> int:
        command = [sys.executable, "-m", "pytest", "-p", "isolated_async.comparison.recording"]
        environment = {**os.environ, FILE: str(record.resolve()), SEED: seed}
        with self.log(side, number).open("wb") as log:
            pytest = subprocess.Popen(
                [*command, *self._arguments, WHOLE, *side.options_for(self._mode)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                return pytest.wait()
            except KeyboardInterrupt:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    pytest.wait(_LEAVE_LIMIT_S)
                raise
            finally:
                # Its time is up, or the user has pressed Ctrl-C again.
                if pytest.poll() is None:
                    pytest.kill()
                    pytest.wait()

    def _key(self, side: Side, seed: str) -> list[str]:
        return [_RECORDS, *self._arguments, *side.options_for(self._mode), seed]

    def _read_end(self, side: Side, number: int) -> dict[str, Any]:
        end = self._file(side, number, "json")
        return _read(end.read_bytes()) if end.exists() else {}

    def _file(self, side: Side, number: int, ending: str) -> Path:
        return self._directory / f"{side.name}-{number}.{ending}"


def _write(file: Path, record: dict[str, Any]) -> None:
    """Whole, or not at all: the disk may be full, and then what stood there counts."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(record))
    new.replace(file)


def _read(record: bytes) -> dict[str, Any]:
    """What it says; nothing if only a part of it was written."""
    try:
        found = json.loads(record)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
