"""syrupy's session in a worker: which snapshots a test has used, and what it wants written, goes to the host's.

The host decides at the end of the run what is unused, and writes each file once, as syrupy does in process. What cannot
be written there, because the class that writes it cannot be found by its name, is written here. (Extensions that keep
each snapshot in a file of its own have written it by then.)
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import pytest

from .note import AfterEachCase, Note


def prepare(config: pytest.Config, note: Note) -> None:
    """Note after each case."""
    if config.pluginmanager.has_plugin("syrupy") and hasattr(config, "_syrupy"):
        tell = partial(_tell, config._syrupy, note)
        config.pluginmanager.register(AfterEachCase(tell), "isolated-async-syrupy")


def _tell(session: Any, note: Note) -> None:
    if session._assertions:
        assertions = [_describe(each) for each in session._assertions]
        session._assertions.clear()
        note("syrupy_session", {"assertions": assertions, "writes": _take_writes(session)})


def _take_writes(session: Any) -> list[object]:
    queued = session._queued_snapshot_writes
    found = [key for key in queued if _is_found(key[0])]
    writes: list[object] = []
    for key in found:
        writes += [[_name(key[0]), index, data] for (_, index), data in queued.pop(key).items()]
    session.flush_snapshot_write_queue()
    return writes


def _describe(assertion: Any) -> dict[str, object]:
    return {
        # The host takes the first that it can find.
        "extensions": [_name(each) for each in type(assertion.extension).__mro__],
        "results": [
            [each.snapshot_location, each.snapshot_name, each.created, each.updated, each.success]
            for each in assertion.executions.values()
        ],
    }


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _is_found(kind: type) -> bool:
    found: object = sys.modules.get(kind.__module__)
    for part in kind.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is kind
