"""The pytest plugin that answers probes, in a pytest that runs no tests by itself.

Nothing is isolated here: what a test leaves behind has to reach the next one.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from .. import system
from ..wire import probes
from ..wire.system import KILL_SIGNAL, WHY_NO_FORKS
from .known import known_suite
from .runner import Runner
from .server import serve, why_no_forks

#: What the options of other plugins are set to: the tests run here, one after another, and all of them.
_OPTIONS: dict[str, object] = {
    "numprocesses": None,
    "tx": [],
    "dist": "no",
    "maxfail": 0,
    "xmlpath": None,
    "usepdb": False,
}


class Prober:
    """Answers in this process: ``control`` is the socket over which probes come, ``number`` that of the only one."""

    def __init__(self, directory: str, control: int | None, number: str) -> None:
        self._directory = Path(directory)
        self._control = control
        self._number = number
        self._errors: list[str] = []
        self._runner: Runner | None = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            lines = [line for line in report.longreprtext.splitlines() if line.strip()]
            self._errors.append(f"{report.nodeid}: {lines[-1].strip() if lines else 'no reason was told'}")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, object, object]:
        if self._number:
            self._runner = Runner(session, probes.read_probe(self._directory / f"{self._number}.probe"))
            if self._runner.probe.collected:
                self._runner.begin()
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """The tests run here, within what plugins have around all of them."""
        suite = known_suite(session, self._errors, "" if self._control is None else why_no_forks())
        if self._runner is not None:
            begun = os.open(self._directory / f"{self._number}.begun", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            # Also where it does not return: a test may end the process.
            probed = self._runner.run(begun)
            probes.write(self._directory / f"{self._number}.probed", probed)
            return True
        probes.write(self._directory / probes.SUITE, suite)
        if self._control is not None and not suite.why_no_forks:
            serve(session, self._directory, self._control)
        return True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    # Before any plugin reads them.
    for name, value in _OPTIONS.items():
        if hasattr(config.option, name):
            setattr(config.option, name, value)
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    directory = os.environ.pop(probes.DIRECTORY, "")
    control, number = os.environ.pop(probes.CONTROL, ""), os.environ.pop(probes.NUMBER, "")
    served = os.environ.pop(probes.SERVED, "")
    if not directory:
        return
    if served and not WHY_NO_FORKS:
        # Whatever becomes of the command: what it has started ends with it.
        system.follow_parent(int(served), KILL_SIGNAL)
    config.pluginmanager.register(Prober(directory, int(control) if control else None, number), "isolated-async-prober")
