"""Hypothesis's plugin: the database of examples, statistics, health checks, deadlines; ``@given``: see drivers."""

from __future__ import annotations

import re

from ..conftest import Run, Suite
from .sides import AUTO, TWO, check_same

SOURCE = """
    import asyncio, time
    import pytest
    from hypothesis import HealthCheck, Phase, given, settings, strategies

    @settings(derandomize=True, max_examples=5)
    @given(number=strategies.integers())
    async def test_passes(number):
        await asyncio.sleep(0)

    @settings(deadline=1, derandomize=True, phases=[Phase.generate], max_examples=2)
    @given(number=strategies.just(1))
    def test_deadline(number):
        time.sleep(0.05)

    @settings(derandomize=True)
    @given(number=strategies.integers().filter(lambda number: False))
    def test_health_check(number):
        pass

    @pytest.fixture
    def of_the_function():
        pass

    @settings(derandomize=True)
    @given(number=strategies.just(1))
    async def test_health_check_of_fixtures(of_the_function, number):
        pass
"""


def _read(run: Run) -> tuple[list[tuple[str, str]], list[str]]:
    """Outcomes, and which checks have failed and statistics are printed."""
    found = re.findall(r"FailedHealthCheck: .{40}|DeadlineExceeded|^test_a.py::\w+:$", run.stdout, re.MULTILINE)
    return [(each["nodeid"], each["outcome"]) for each in run.reports], sorted(set(found))


def test_checks_and_statistics(suite: Suite) -> None:
    suite.write(test_a=SOURCE)
    (_, found), _ = check_same(suite, _read, "--hypothesis-show-statistics", isolated=(TWO,))
    assert "DeadlineExceeded" in found
    assert "test_a.py::test_passes:" in found
    assert len([each for each in found if each.startswith("FailedHealthCheck")]) == 2


def test_the_database_is_written_once_and_used_again(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            from hypothesis import settings, strategies, given

            @settings(max_examples=100)
            @given(number=strategies.integers())
            async def test_finds(number):
                with open("examples", "a") as file:
                    file.write(f"{number}\\n")
                await asyncio.sleep(0)
                assert number < 1000
        """
    )
    run = suite.run(*AUTO, *TWO)
    assert "number=1000" in run.text_of("test_finds")
    stored = sorted(each for each in suite.path.glob(".hypothesis/examples/**/*") if each.is_file())
    assert stored
    (suite.path / "examples").unlink()
    suite.run(*AUTO, *TWO)
    # What has failed before is tried first.
    assert (suite.path / "examples").read_text().split()[0] == "1000"
