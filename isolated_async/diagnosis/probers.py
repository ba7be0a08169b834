"""Starts what runs probes, and waits for answers.

::

    Probers --> CollectedPytest == socket: numbers ==> a fork of it for each probe     (where that is possible)
        `-----> FreshPytest: for one probe                                             (else, and where it is asked for)
                        DIRECTORY/N.probe --> DIRECTORY/N.probed

Guarantees: a probe that hangs or dies costs itself alone; at the end nothing runs that was started here.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from isolated_async_workers.wire import probes
from isolated_async_workers.wire.probes import KnownSuite, Probe, Probed
from isolated_async_workers.wire.system import WHY_NO_FORKS, connected_pair

from ..command_output import NO_TESTS, end_of
from ..comparison.reproducing import options_of
from ..processes.system import Job, start_options

#: Seconds that pytest has to end by itself, once it has nothing more to do.
_LEAVE_LIMIT_S = 10.0
#: Seconds between two looks at a process.
_LOOK_S = 0.02
#: Seconds that an interpreter, pytest and the collection of a suite may take, before a test begins.
_COLLECTION_LIMIT_S = 600.0
_MOST_BYTES = 4096
_OFF = "--isolated-loop-mode=off"


class NotCollected(Exception):
    """Pytest could not begin with this suite, or with a probe of it, or there is no test."""


class _Pytest:
    """A pytest with the plugin that answers probes."""

    def __init__(
        self, arguments: Sequence[str], log: Path, environment: dict[str, str], passed: int | None = None
    ) -> None:
        self._log = log
        environment = {**os.environ, **environment, probes.SERVED: str(os.getpid())}
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pytest", "-p", probes.PLUGIN, *arguments, _OFF],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=() if passed is None else (passed,),
                **start_options(),
            )
        self._job = Job(self._process.pid)

    @property
    def status(self) -> int | None:
        """None while it runs."""
        status: int | None = self._process.poll()
        return status

    def printed(self) -> str:
        """The last of it."""
        return end_of(self._log.read_text(encoding="utf-8", errors="replace"))

    def close(self, limit_s: float) -> None:
        """End it, and what it has started."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(limit_s)
        self._job.kill()
        self._process.wait()
        self._job.close()


class Probers:
    """For one suite, of which ``at_once`` probes run at a time; with what they write in ``directory``."""

    def __init__(self, arguments: Sequence[str], directory: Path, at_once: int) -> None:
        self._arguments = list(arguments)
        self._directory = directory
        self.at_once = at_once
        #: Probes and runs of pytest so far.
        self.probes = self.pytests = self._written = 0
        self.suite = KnownSuite()
        self._control: socket.socket | None = None

    @property
    def options(self) -> list[str]:
        """The arguments of pytest that name no tests."""
        return options_of(self._arguments, self.suite.named)

    @contextlib.contextmanager
    def collected(self) -> Iterator[KnownSuite]:
        """What pytest has collected, as long as it is needed.

        Raises:
            NotCollected: nothing, or not all of it.
        """
        ours, theirs = (None, None) if WHY_NO_FORKS else connected_pair()
        environment = {probes.DIRECTORY: str(self._directory)}
        if theirs is not None:
            environment[probes.CONTROL] = str(theirs.fileno())
        descriptor = None if theirs is None else theirs.fileno()
        pytest = _Pytest(self._arguments, self._directory / "pytest.log", environment, descriptor)
        self.pytests += 1
        self._control = ours
        try:
            if theirs is not None:
                theirs.close()
            self.suite = self._wait_for_suite(pytest)
            yield self.suite
        finally:
            # What does not collect any more, or runs a probe that hangs, is not waited for.
            if ours is not None:
                ours.close()
            pytest.close(_LEAVE_LIMIT_S if self.suite.tests else 0.0)

    def _wait_for_suite(self, pytest: _Pytest) -> KnownSuite:
        path = self._directory / probes.SUITE
        while not path.exists() and pytest.status is None:
            time.sleep(_LOOK_S)
        if not path.exists():
            what = "pytest finds no test" if pytest.status == NO_TESTS else f"pytest exits with {pytest.status}"
            raise NotCollected(f"{what}\n{pytest.printed()}")
        suite = probes.read_suite(path)
        if suite.errors:
            raise NotCollected("pytest does not collect all tests" + "".join(f"\n    {each}" for each in suite.errors))
        if not suite.tests:
            raise NotCollected(f"pytest finds no test\n{pytest.printed()}")
        return suite

    def ask(self, asked: Sequence[Probe]) -> Iterator[Probed]:
        """The answers, in this order; a probe whose answer nobody waits for is not begun."""
        if self.suite.why_no_forks or self._control is None or any(probe.collected for probe in asked):
            yield from self._ask_fresh(asked)
            return
        numbers = [self._write(probe) for probe in asked]
        begun, ended = 0, set[str]()
        try:
            for number in numbers:
                while number not in ended:
                    while begun < len(numbers) and begun - len(ended) < self.at_once:
                        self._control.sendall(f"{numbers[begun]}\n".encode())
                        begun += 1
                        self.probes += 1
                    ended.update(self._ended())
                yield self._answer(number, "")
        except GeneratorExit:
            # What runs already must not be in the way of what comes next.
            while len(ended) < begun:
                ended.update(self._ended())

    def _ended(self) -> list[str]:
        assert self._control is not None
        data = self._control.recv(_MOST_BYTES)
        while data and not data.endswith(b"\n"):
            data += self._control.recv(_MOST_BYTES)
        if not data:
            raise NotCollected("the pytest that has collected the suite has ended")
        return data.decode().split()

    def _ask_fresh(self, asked: Sequence[Probe]) -> Iterator[Probed]:
        """The same, each in a pytest of its own."""
        running: dict[int, _FreshPytest] = {}
        begun = 0
        try:
            for at in range(len(asked)):
                while at not in running or not running[at].has_ended():
                    while begun < len(asked) and sum(not each.has_ended() for each in running.values()) < self.at_once:
                        running[begun] = self._begin_fresh(asked[begun])
                        self.pytests += 1
                        self.probes += 1
                        begun += 1
                    time.sleep(_LOOK_S)
                yield self._answer(running[at].number, running.pop(at).end())
        finally:
            for each in running.values():
                each.end()

    def _begin_fresh(self, probe: Probe) -> _FreshPytest:
        arguments = [*self.options, *probe.collected] if probe.collected else self._arguments
        return _FreshPytest(arguments, self._directory, self._write(probe), probe)

    def _write(self, probe: Probe) -> str:
        self._written += 1
        number = str(self._written)
        probes.write(self._directory / f"{number}.probe", probe)
        return number

    def _answer(self, number: str, end: str) -> Probed:
        try:
            probed = probes.read_probed(self._directory / f"{number}.probed")
        except (OSError, ValueError, TypeError, KeyError):
            begun = self._directory / f"{number}.begun"
            names = begun.read_text(encoding="utf-8", errors="replace").splitlines() if begun.exists() else []
            outcome = end or "the process of the probe has ended without a word"
            return Probed(outcome, names[-1] if names else "", outcome)
        if probed.problem:
            # What has not run has not passed.
            raise NotCollected(probed.problem)
        return probed


class _FreshPytest:
    """Runs one probe."""

    def __init__(self, arguments: Sequence[str], directory: Path, number: str, probe: Probe) -> None:
        self.number = number
        self._begun = directory / f"{number}.begun"
        self._limit_s = probe.limit_s
        self._size = 0
        self._deadline = time.monotonic() + _COLLECTION_LIMIT_S
        self._why = ""
        environment = {probes.DIRECTORY: str(directory), probes.NUMBER: number}
        self._pytest = _Pytest(arguments, directory / f"{number}.log", environment)

    def has_ended(self) -> bool:
        """True also if its time is up."""
        if self._pytest.status is not None or self._why:
            return True
        size = self._begun.stat().st_size if self._begun.exists() else 0
        if size != self._size:
            self._size, self._deadline = size, time.monotonic() + self._limit_s
        if time.monotonic() > self._deadline:
            self._why = f"timed out: no end within {self._limit_s:g} s"
        return bool(self._why)

    def end(self) -> str:
        """Why it has no answer, if it has none."""
        status = self._pytest.status
        self._pytest.close(0.0)
        return self._why or f"pytest exits with {status}"
