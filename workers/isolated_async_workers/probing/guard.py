"""Guards one probe: nothing of it outlives the guard, and the guard does not outlive the server.

::

    server --fork--> guard --fork--> runner, leader of a group of its own
                       ^--- pipe: "name\n" as each test begins, "\n" when it is our turn, then the answer as JSON

The guard adopts what leaves that group, and kills all of it before it answers.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from pathlib import Path
from typing import Any

import pytest

from .. import system, untouched
from ..case_directory import own_case_basetemp
from ..own_files import capture_for_nobody
from ..process_tree import kill_group, kill_strays
from ..pytest_private import capture_files
from ..standard_library import StandardLibrary
from ..wire import probes
from ..wire.light_dataclass import dataclass
from ..wire.status_names import signal_name
from ..wire.system import KILL_SIGNAL
from .runner import Runner

#: With which a guard is asked to end.
END = signal.SIGTERM
_MOST_BYTES = 1 << 16
#: Seconds for what is ours, between tests: to look at everything that they share takes a tenth of one.
_OWN_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Collected:
    """What a server has, and each of its probes begins with.

    Attributes:
        directory: where probes and answers are.
        ends_of_children: the handler that a probe is to find, and a guard must not have, as it waits for a child.
    """

    session: pytest.Session
    library: StandardLibrary
    directory: Path
    ends_of_children: Any


def guard(collected: Collected, number: str, server: int) -> None:
    """In a fork of the server: run the probe, write the answer, and leave."""
    directory = collected.directory
    probe = probes.read_probe(directory / f"{number}.probe")
    system.adopt_orphans()
    reader, writer = os.pipe()
    this, runner = os.getpid(), 0

    def end(*_: object) -> None:
        # One that is not known yet ends with its parent.
        if runner:
            kill_group(runner)
        kill_strays(frozenset())
        untouched.leave(1)

    before = signal.signal(END, end)
    runner = system.fork()
    if not runner:
        try:
            signal.signal(END, before)
            signal.signal(system.CHILD_SIGNAL, collected.ends_of_children or signal.SIG_DFL)
            system.lead_group()
            system.follow_parent(this, KILL_SIGNAL)
            session = collected.session
            _run(Runner(session, probe, collected.library), session.config, directory / f"{number}.tmp", writer)
        finally:
            untouched.leave(1)
    with contextlib.suppress(OSError):
        system.lead_group(runner)
    os.close(writer)
    system.follow_parent(server, END)
    probes.write(directory / f"{number}.probed", _Watch(probe, runner, reader).wait())
    untouched.leave(0)


def _run(runner: Runner, config: pytest.Config, basetemp: Path, writer: int) -> None:
    _own_output(config)
    own_case_basetemp(config, str(basetemp.parent), basetemp.name)
    untouched.write(writer, probes.encode(runner.run(writer)) + b"\n")
    untouched.leave(0)


def _own_output(config: pytest.Config) -> None:
    """Capture into files that no other probe has open; nobody reads what is not captured."""
    saved = {target: original for target, _, original in capture_files(config)}
    capture_for_nobody(config)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for target in (1, 2):
        os.dup2(nowhere, saved.get(target, target))
    os.close(nowhere)


class _Watch:
    """Waits for the runner."""

    def __init__(self, probe: probes.Probe, pid: int, reader: int) -> None:
        self._limit_s = probe.limit_s
        self._pid = pid
        self._reader = reader
        self._test = ""
        self._unread = b""

    def wait(self) -> probes.Probed:
        """What became of the runner, which is gone then, with all that it has started."""
        answer = self._wait_for_answer()
        kill_group(self._pid)
        _, status = os.waitpid(self._pid, 0)
        kill_strays(frozenset())
        if isinstance(answer, probes.Probed):
            return answer
        outcome = answer or describe_end(os.waitstatus_to_exitcode(status))
        return probes.Probed(outcome, self._test, outcome)

    def _wait_for_answer(self) -> probes.Probed | str:
        """Or why none will come; empty if that is the runner's end."""
        ended = system.open_end(self._pid)
        watched = [self._reader, ended]
        deadline = untouched.monotonic() + self._limit_s + _OWN_LIMIT_S
        while True:
            ready, _, _ = select.select(watched, [], [], max(0.0, deadline - untouched.monotonic()))
            if self._reader in ready:
                data = os.read(self._reader, _MOST_BYTES)
                if not data:
                    watched.remove(self._reader)
                elif (answer := self._take(data)) is not None:
                    return answer
                else:
                    deadline = untouched.monotonic() + self._limit_s + (0.0 if self._test else _OWN_LIMIT_S)
            elif ended in ready:
                return ""
            elif not ready:
                return f"timed out: no end within {self._limit_s:g} s"

    def _take(self, data: bytes) -> probes.Probed | None:
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            if line.startswith(b"{"):
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    return probes.decode(line)
            self._test = line.decode(errors="replace")
        return None


def describe_end(status: int) -> str:
    """Of a process that has ended before it was done; negative for a signal."""
    if status >= 0:
        return f"exited early with status {status}"
    return f"killed by {signal_name(-status)}"
