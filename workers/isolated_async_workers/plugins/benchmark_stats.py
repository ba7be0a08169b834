"""pytest-benchmark's measurements in a worker: the host has the table, the comparison and the files."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from .note import AfterEachCase, Note


def prepare(config: pytest.Config, note: Note) -> None:
    """Note after each case."""
    session = getattr(config, "_benchmarksession", None)
    if session is not None:
        config.pluginmanager.register(AfterEachCase(partial(_tell, session, note)), "isolated-async-benchmark")


def _tell(session: Any, note: Note) -> None:
    for each in session.benchmarks:
        note("benchmark_stats", _describe(each))
    session.benchmarks.clear()


def _describe(benchmark: Any) -> dict[str, object]:
    profile = benchmark.cprofile_stats
    return {
        "group": benchmark.group,
        "extra_info": dict(benchmark.extra_info),
        "iterations": benchmark.iterations,
        "has_error": bool(benchmark.has_error),
        "data": list(benchmark.stats.data),
        # Callables in it (the timer) as pytest-benchmark writes them into its files.
        "options": benchmark.as_dict(include_data=False, stats=False)["options"],
        "profile": None if profile is None else {key: each[:4] for key, each in profile.stats.items()},
    }
