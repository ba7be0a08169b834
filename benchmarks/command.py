"""One command with all of its processes: wall time, CPU time, memory, page faults.

::

    command --> its processes --> ended: reaped by their parents, or here, where orphans come (child subreaper)
                                  rusage of the command + rusage of the orphans = the whole tree
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import Variables

_PR_SET_CHILD_SUBREAPER = 36
_KIB_PER_MIB = 1024
#: Seconds that an orphan may go on after the command has ended. It takes no time of the command's.
_ORPHANS_END_WITHIN_S = 20
#: Seconds for one command: the slowest runs ten thousand tests, in a process each.
_LIMIT_S = 1800


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended.

    Attributes:
        cpu_s: user and system time of all its processes.
        peak_mib: the largest resident set that one of them has had.
        minor_faults: of all its processes.
        status: its exit code, or minus the signal that killed it.
        output: standard output and standard error.
    """

    pid: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    minor_faults: int
    status: int
    output: str


class Run:
    """A command that was started; ``ended`` waits for it. One at a time: the orphans of two cannot be told apart."""

    def __init__(self, command: Sequence[str], directory: Path, variables: Variables) -> None:
        _adopt_orphans()
        self._output = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - closed in ended()
        self._started = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            cwd=directory,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        self.pid = self._process.pid

    def ended(self) -> Ended:
        """Wait for the command, and then for what it has left; killed after the limit."""
        with self._output, _alarm(self.pid):
            _, status, usage = os.wait4(self.pid, 0)
            wall_s = time.perf_counter() - self._started
            self._process.returncode = os.waitstatus_to_exitcode(status)
            usages = [usage, *_reap_orphans(self._process.args)]
            self._output.seek(0)
            return Ended(
                self.pid,
                wall_s,
                sum(each.ru_utime + each.ru_stime for each in usages),
                max(each.ru_maxrss for each in usages) / _KIB_PER_MIB,
                sum(each.ru_minflt for each in usages),
                self._process.returncode,
                self._output.read(),
            )


def _adopt_orphans() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise SystemExit("this system has no child subreapers: processes that a command leaves could not be counted")


def _reap_orphans(command: object) -> Iterator[resource.struct_rusage]:
    """The usage of each process that outlived its parent.

    Raises:
        SystemExit: one goes on and on.
    """
    deadline = time.monotonic() + _ORPHANS_END_WITHIN_S
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid:
            yield usage
        elif time.monotonic() > deadline:
            raise SystemExit(f"a process that was left goes on {_ORPHANS_END_WITHIN_S} s after the end of {command}")
        else:
            time.sleep(0.001)


@contextlib.contextmanager
def _alarm(pid: int) -> Iterator[None]:
    def kill(*_: object) -> None:
        os.kill(pid, signal.SIGKILL)

    before = signal.signal(signal.SIGALRM, kill)
    signal.alarm(_LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
