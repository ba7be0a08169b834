"""pytest-benchmark's measurements in a worker: the host has the table, the comparison and the files."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from .note import Note


def prepare(config: pytest.Config, note: Note) -> None:
    """Note after each case."""
    session = getattr(config, "_benchmarksession", None)
    if session is not None:
        config.pluginmanager.register(_Noting(session, note), "isolated-async-benchmark")


class _Noting:
    def __init__(self, session: Any, note: Note) -> None:
        self._session = session
        self._note = note

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        try:
            return (yield)
        finally:
            for each in self._session.benchmarks:
                self._note("benchmark_stats", _describe(each))
            self._session.benchmarks.clear()


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
