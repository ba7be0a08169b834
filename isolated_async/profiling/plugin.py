"""The pytest plugin of a profile: gathers what the hosts of the run have measured, shows it, and writes it.

::

    host: MeasuringDispatcher --> ProfilePlugin --(xdist: workeroutput)--> ProfilePlugin of the controlling process
                                                                            `--> terminal, file
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .dispatcher import MeasuringDispatcher

#: Of the file; raised whenever a name in it changes its meaning, or is not there any more.
SCHEMA = 1
_OUTPUT = "isolated_loop_profile"


class ProfilePlugin:
    """Of a host, or of what controls hosts under xdist."""

    def __init__(self, config: pytest.Config, file: Path | None) -> None:
        """``file`` is what it is written to."""
        self._config = config
        self._file = file
        self._dispatcher: MeasuringDispatcher | None = None
        #: As :meth:`CaseProfile.to_plain` makes them.
        self._cases: list[dict[str, Any]] = []
        self._problem = ""

    def make_dispatcher(self, *arguments: Any) -> MeasuringDispatcher:
        """A dispatcher that measures, in the place of a plain one."""
        from .dispatcher import MeasuringDispatcher

        self._dispatcher = MeasuringDispatcher(*arguments)
        return self._dispatcher

    @pytest.hookimpl(trylast=True)  # After what others have to report.
    def pytest_sessionfinish(self) -> None:
        worker_input = getattr(self._config, "workerinput", None)
        if self._dispatcher is not None:
            host = "" if worker_input is None else str(worker_input["workerid"])
            self._cases += [case.to_plain() for case in self._dispatcher.profile(host)]
            self._dispatcher = None
        if worker_input is not None:
            self._config.workeroutput[_OUTPUT] = self._cases  # type: ignore[attr-defined]
        elif self._file is not None:
            try:
                _write(self._file, self._cases)
            except OSError as error:
                self._problem = f"cannot be written to {self._file}: {error.strerror}"

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """An xdist worker has finished; of one that has crashed, nothing is known."""
        self._cases += getattr(node, "workeroutput", {}).get(_OUTPUT, [])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._cases:
            from .summary import describe
            from .timeline import CaseProfile

            terminalreporter.section("isolated-loop: where the time went")
            cases = [CaseProfile.from_plain(each) for each in self._cases]
            for line in describe(cases, self._config.get_verbosity()):
                terminalreporter.write_line(line)
        if self._problem:
            terminalreporter.write_line(f"isolated-loop: the profile {self._problem}", red=True)
        elif self._file is not None:
            terminalreporter.write_line(f"isolated-loop: the profile is in {self._file}")


def _write(file: Path, cases: list[dict[str, Any]]) -> None:
    from .summary import summarize
    from .timeline import WAITING, CaseProfile

    stages = summarize([CaseProfile.from_plain(each) for each in cases])
    profile = {
        "schema": SCHEMA,
        "counted_s": round(sum(case["counted_s"] for case in cases), 7),
        "waiting": sorted(WAITING),
        "stages": [stage.to_plain() for stage in stages],
        "cases": cases,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(profile, indent=1) + "\n", encoding="utf-8")
