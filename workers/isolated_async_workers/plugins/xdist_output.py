"""``config.workeroutput`` of pytest-xdist: what a test or a fixture has put there is in the xdist worker's too.

That is where a suite under xdist leaves what its controlling process is to know. The worker side collects for itself
there (``fresh_zygote.py``), and its processes have none that xdist would read.
"""

from __future__ import annotations

from functools import partial

import pytest

from .note import AfterEachCase, Note


def prepare(config: pytest.Config, note: Note) -> None:
    """Note what each case has added."""
    if hasattr(config, "workerinput") and config.pluginmanager.has_plugin("xdist"):
        output: dict[str, object] = config.workeroutput  # type: ignore[attr-defined]
        # What collection has left there, the host has as well.
        output.clear()
        config.pluginmanager.register(AfterEachCase(partial(_tell, output, note)), "isolated-async-xdist-output")


def _tell(output: dict[str, object], note: Note) -> None:
    if output:
        note("xdist_output", {"added": dict(output)})
        output.clear()
