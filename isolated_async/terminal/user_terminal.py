"""The user's terminal, while the dispatcher waits for workers: what runs, what is slow, and whose debugger has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..endings.slow import SlowNotice
from .debugger_terminal import DebuggerTerminal
from .status_line import StatusLine


class UserTerminal:
    """That of one run."""

    def __init__(self, config: pytest.Config | None) -> None:
        """``config`` is None in a run of unittest."""
        plugins = None if config is None else config.pluginmanager
        self._reporter: Any = None if plugins is None else plugins.get_plugin("terminalreporter")
        self._status = StatusLine(config)
        self._debugger = DebuggerTerminal(config)
        #: What was not told because a debugger had the terminal.
        self._untold: list[SlowNotice] = []

    def show_running(self, running: list[tuple[str, float]]) -> None:
        """Nothing has happened for a while: show which tests run, and for how many seconds; the first one first."""
        if not self._debugger.is_lent:
            self._status.show(running)

    def make_way(self) -> None:
        """Something else is about to be written."""
        self._status.wipe()

    def tell_slow(self, notice: SlowNotice) -> None:
        """At once, whichever test the host is at; after a debugger, if that has the terminal."""
        if self._debugger.is_lent:
            self._untold.append(notice)
        elif self._reporter is not None:
            self._status.wipe()
            self._reporter.ensure_newline()
            self._reporter.write_line(f"isolated-loop: {notice}", yellow=True)

    def lend(self, process_group: int, interrupt: Callable[[], None]) -> list[int]:
        """For a debugger in a worker of this process group: descriptors of stdin, stdout and stderr."""
        return self._debugger.lend(process_group, interrupt)

    def take_back(self) -> None:
        """The debugger is closed, or its worker is gone."""
        self._status.wipe()
        if self._debugger.is_lent:
            self._debugger.take_back()
            untold, self._untold = self._untold, []
            for notice in untold:
                self.tell_slow(notice)
