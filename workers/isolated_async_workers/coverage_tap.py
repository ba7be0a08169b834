"""What coverage measures in a worker goes to the host, stage by stage, and into no file.

::

    coverage's tracer --> its collector --(in place of its data file)--> CoverageTap --CoverageMeasured--> host

In process all of it would be lost with a process that is killed. Here, what the stages before have measured is not, nor
what a test has run that ends its own process by a function of ``os``, or is timed out.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Collection, Mapping
from typing import Any

from . import untouched
from .result_channel import ResultChannel
from .wire.current_coverage import current_coverage
from .wire.messages import CoverageMeasured

#: By these a test may end its own process, with what was measured in it.
_MAY_END_THE_PROCESS = {"_exit", "abort", "kill", "killpg", "execv", "execve"}


class CoverageTap:
    """Stands in for the data file of the Coverage object that is measuring this process, if there is one."""

    def __init__(self) -> None:
        self._coverage: Any = None
        self._collector: Any = None
        self._data: Any = None
        self._context = ""
        self._channel: ResultChannel | None = None
        self._is_patched = False
        self._worker = 0
        self._is_flushing = False

    def install(self) -> None:
        """Drop what was measured so far, the host has it too; from here on everything comes here."""
        current = current_coverage()
        if current is None or current is self._coverage:
            return
        self._coverage = current
        self._collector = current._collector
        self._data = self._collector.covdata
        self._collector.covdata = current._data = self
        self._collector.flush_data()
        if not self._is_patched:
            # In the zygote, where what is patched is ours and not a test's.
            self._is_patched = True
            # Some of them only some systems have.
            for name in _MAY_END_THE_PROCESS & vars(os).keys():
                setattr(os, name, self._after_a_flush(getattr(os, name)))

    def begin_worker(self, channel: ResultChannel) -> None:
        """From here on, what is measured goes to ``channel``."""
        # With coverage's patch=fork, each fork has a Coverage object of its own.
        self.install()
        if self._coverage is None:
            return
        self._channel = channel
        self._worker = untouched.getpid()

    def _after_a_flush(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*arguments: Any, **keywords: Any) -> Any:
            self.flush()
            if self._channel is not None and untouched.getpid() == self._worker:
                self._channel.flush()
            return function(*arguments, **keywords)

        return call

    def flush(self) -> None:
        """Queue what was measured since the last time, if that is possible now."""
        if self._channel is None or self._is_flushing or untouched.getpid() != self._worker:
            return
        lock = self._collector.data_lock
        if lock is not None and lock.locked():
            return  # A signal has interrupted the tracer.
        self._is_flushing = True
        try:
            # The test may have left anything in ruins; then it is not measured.
            with contextlib.suppress(Exception):
                self._collector.flush_data()
        finally:
            self._is_flushing = False

    # The part of coverage.CoverageData that its collector writes to.

    def set_context(self, context: str | None) -> str | None:
        before, self._context = self._context, context or ""
        return before or None

    def add_lines(self, lines: Mapping[str, Collection[int]]) -> None:
        self._tell(False, {name: list(numbers) for name, numbers in lines.items() if numbers})

    def add_arcs(self, arcs: Mapping[str, Collection[tuple[int, int]]]) -> None:
        flat = {name: [number for arc in pairs for number in arc] for name, pairs in arcs.items() if pairs}
        self._tell(True, flat)

    def add_file_tracers(self, tracers: Mapping[str, str]) -> None:
        if tracers and self._channel is not None:
            self._channel.queue(CoverageMeasured(self._context, False, {}, dict(tracers)))

    def __getattr__(self, name: str) -> Any:
        # A test that asks for the data (pytest-cov's fixture "cov") gets what there is.
        return getattr(self._data, name)

    def _tell(self, arcs: bool, files: dict[str, list[int]]) -> None:
        if files and self._channel is not None:
            self._channel.queue(CoverageMeasured(self._context, arcs, files, {}))


def start_coverage(settings: str) -> None:
    """Measure this process, a fresh interpreter, with the settings of another, unless something does already."""
    import coverage

    if coverage.Coverage.current() is None:
        # The way in which coverage itself hands its settings to a process; what this one starts shall not have them.
        os.environ["COVERAGE_PROCESS_CONFIG"] = settings
        coverage.process_startup()
        del os.environ["COVERAGE_PROCESS_CONFIG"]
