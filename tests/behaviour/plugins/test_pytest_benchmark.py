"""pytest-benchmark: measured in the worker; table, files and comparison in the host."""

from __future__ import annotations

import json
import re
from typing import Any

from ..conftest import Run, Suite
from .sides import AUTO, ONE, TWO, check_same

BENCHMARK = ("-p", "benchmark", "--benchmark-max-time=0.01", "--benchmark-min-rounds=2", "--benchmark-columns=rounds")

SOURCE = """
    import asyncio, os
    import pytest

    def in_the_loop():
        asyncio.new_event_loop().close()

    @pytest.mark.parametrize("number", [1, 2])
    @pytest.mark.benchmark(group="sums")
    def test_sum(benchmark, number):
        benchmark.extra_info["note"] = ("kept", number)
        assert benchmark.pedantic(sum, args=([number],), rounds=3, iterations=2) == number

    def test_loop(benchmark):
        benchmark.pedantic(in_the_loop, rounds=4)

    def test_fails(benchmark):
        def fails():
            raise RuntimeError("in the benchmark")
        benchmark.pedantic(fails)
"""


def _read(suite: Suite, run: Run) -> Any:
    saved = json.loads((suite.path / "out.json").read_text())["benchmarks"]
    for each in saved:
        stats = each.pop("stats")
        each["shape"] = stats["rounds"], stats["iterations"], len(stats["data"])
        # Nanoseconds, not zeros: they are measured.
        assert stats["min"] > 0
    rows = re.findall(r"^(test_\w+\S*) +(\d+) *$", run.stdout, re.MULTILINE)
    return saved, sorted(rows), sorted(re.findall(r"benchmark(?: '\w+')?: \d tests", run.stdout))


def test_table_and_file(any_suite: Suite) -> None:
    any_suite.write(test_a=SOURCE)

    def read(run: Run) -> Any:
        return _read(any_suite, run)

    arguments = (*BENCHMARK, "--benchmark-json=out.json")
    (saved, rows, groups), (run,) = check_same(any_suite, read, *arguments, isolated=(TWO,))
    assert [each["shape"] for each in saved] == [(3, 2, 3), (3, 2, 3), (4, 1, 4)]
    assert saved[0]["extra_info"] == {"note": ["kept", 1]}
    assert rows == [("test_loop", "4"), ("test_sum[1]", "3"), ("test_sum[2]", "3")]
    assert "isolated-loop: pytest-benchmark: measures while up to 2 tests run" in run.stdout
    assert groups == ["benchmark 'sums': 2 tests", "benchmark: 1 tests"]


def test_saved_compared_and_profiled(suite: Suite) -> None:
    suite.write(test_a=SOURCE)
    suite.run(*AUTO, *BENCHMARK, *ONE, "--benchmark-save=first")
    run = suite.run(*AUTO, *BENCHMARK, *ONE, "--benchmark-compare", "--benchmark-cprofile=tottime")
    assert "test_loop (NOW)" in run.stdout
    assert "test_loop (0001_first)" in run.stdout
    assert "cProfile (time in s)" in run.stdout
    assert "isolated-loop: pytest-benchmark" not in run.stdout
    assert re.search(r"test_a\.py:\d+\(in_the_loop\)", run.stdout)
