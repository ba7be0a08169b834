"""``config.workeroutput`` of pytest-xdist: what a test or a fixture has put there is in the xdist worker's too.

That is where a suite under xdist leaves what its controlling process is to know. The worker side collects for itself
there (``fresh_zygote.py``), and its processes have none that xdist would read.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from .note import Note


def prepare(config: pytest.Config, note: Note) -> None:
    """Note what each case has added."""
    if hasattr(config, "workerinput") and config.pluginmanager.has_plugin("xdist"):
        output: dict[str, object] = config.workeroutput  # type: ignore[attr-defined]
        # What collection has left there, the host has as well.
        output.clear()
        config.pluginmanager.register(_Output(output, note), "isolated-async-xdist-output")


class _Output:
    def __init__(self, output: dict[str, object], note: Note) -> None:
        self._output = output
        self._note = note

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        try:
            return (yield)
        finally:
            if self._output:
                self._note("xdist_output", {"added": dict(self._output)})
                self._output.clear()
