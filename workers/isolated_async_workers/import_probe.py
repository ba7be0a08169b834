"""In a zygote of a suite that has modules which must not be forked: finds out which others are like them.

::

    module --fork--> import it there --what is left--> nothing: import it here
                                                  `--> something: leave it out; its tests are spawned

What one module has started (a library's threads), the next one that imports the same would start here: which ones do
that shows nothing but the import. It cannot be undone, so it is tried in a copy first.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator

import pytest

from . import system
from .wire.fork_safety import left_since, traces
from .wire.system import KILL_SIGNAL


class ImportProbe:
    """The pytest plugin that keeps ``known`` modules, and those that it finds, from being imported."""

    def __init__(self, known: list[str]) -> None:
        self._known = frozenset(known)
        #: Node ids of further modules, and what their imports would leave.
        self.found: dict[str, str] = {}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        if isinstance(collector, pytest.Module) and self._is_left_out(collector):
            collector.collect = list  # type: ignore[method-assign]
        return (yield)

    def _is_left_out(self, module: pytest.Module) -> bool:
        if module.nodeid in self._known:
            return True
        left = _left_by(module)
        if left:
            self.found[module.nodeid] = left
        return bool(left)


def _left_by(module: pytest.Module) -> str:
    """What the import of ``module`` leaves, in a process that has the same imports as this one by now."""
    reader, writer = os.pipe()
    pid = system.fork()
    if pid == 0:
        _import_and_tell(module, writer)
    os.close(writer)
    with open(reader, "rb") as answer:
        left = answer.readline()
    with contextlib.suppress(ChildProcessError):  # The suite may let the kernel reap every child.
        os.waitpid(pid, 0)
    return left.decode().strip()


def _import_and_tell(module: pytest.Module, writer: int) -> None:
    try:
        before = traces()
        # What it raises, the import here raises as well.
        with contextlib.suppress(BaseException):
            module.collect()
        os.write(writer, f"{left_since(before)}\n".encode())
        for child in system.children_of_all_threads():
            os.kill(child, KILL_SIGNAL)
    finally:
        os._exit(0)
