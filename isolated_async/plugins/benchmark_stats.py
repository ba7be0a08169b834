"""The measurements of pytest-benchmark in isolated tests, for its table and files."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from .note import field


def take(item: pytest.Item, note: dict[str, Any]) -> None:
    """Add one benchmark of the test to the session of this process."""
    session = getattr(item.config, "_benchmarksession", None)
    if session is None:
        return
    call = getattr(item, "callspec", None)
    of_fixture = types.SimpleNamespace(
        name=item.name,
        fullname=item.nodeid,
        group=note.get("group"),
        param=None if call is None else call.id,
        params=None if call is None else call.params,
        extra_info=field(note, "extra_info", dict),
        # pytest-benchmark reads nothing else of such statistics.
        cprofile_stats=types.SimpleNamespace(stats=field(note, "profile", dict)) if note.get("profile") else None,
        has_error=field(note, "has_error", bool),
    )
    make: Any = sys.modules["pytest_benchmark.stats"].Metadata
    benchmark = make(of_fixture, iterations=field(note, "iterations", int), options=field(note, "options", dict))
    benchmark.stats.data = field(note, "data", list)
    session.benchmarks.append(benchmark)
