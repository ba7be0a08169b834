"""A test that takes long is named while it runs, with the line that it awaits; nothing else about it changes."""

from __future__ import annotations

import re
import time

import pytest

from .conftest import Suite

SLOW = """
    import asyncio, time

    async def nap():
        await asyncio.sleep(1)  # AWAITS

    async def test_awaits():
        await asyncio.create_task(nap())  # TEST

    async def test_blocks():
        time.sleep(1)  # BLOCKS

    def test_sync():
        time.sleep(1)  # SYNC

    async def test_quick():
        pass
"""


def _line(mark: str) -> int:
    return next(number for number, line in enumerate(SLOW.splitlines(), 0) if f"# {mark}" in line)


@pytest.mark.parametrize("workers", ["1", "4"])
def test_slow_tests_are_named(any_suite: Suite, workers: str) -> None:
    any_suite.write(test_a=SLOW)
    run = any_suite.run("--isolated-loop-mode=all", "--isolated-loop-slow=0.6", f"--isolated-loop-workers={workers}")
    assert run.outcomes == {"passed": 4}, run.stdout
    notices = re.findall(
        r"^isolated-loop: slow: (\S+) has been running for (\S+) s, call stands(.*)$", run.stdout, re.M
    )
    places = {name: place for name, _, place in notices}
    path = any_suite.path / "test_a.py"
    assert places == {
        "test_a.py::test_awaits": f" at {path}:{_line('TEST')} in test_awaits",
        "test_a.py::test_blocks": f" at {path}:{_line('BLOCKS')} in test_blocks",
        "test_a.py::test_sync": f" at {path}:{_line('SYNC')} in test_sync",
    }
    assert all(0.6 <= float(seconds) < 60 for _, seconds, _ in notices)


def test_again_and_again_and_live(suite: Suite) -> None:
    suite.write(test_a="import asyncio\n\nasync def test_a():\n    await asyncio.sleep(60)\n")
    host = suite.start("--isolated-loop", "--isolated-loop-slow=0.3")
    assert host.stdout is not None
    seen: list[float] = []
    while len(seen) < 3:
        line = host.stdout.readline()
        assert line, "pytest has ended"
        if "isolated-loop: slow: test_a.py::test_a" in line:
            seen.append(time.monotonic())
    host.kill()
    host.communicate()
    assert seen[0] < seen[1] < seen[2]


def test_a_slow_test_that_crashes_shows_where_it_crashed(suite: Suite) -> None:
    suite.write(
        test_a="""
            import os, time

            def was_asked_here():
                time.sleep(0.8)

            async def test_a():
                was_asked_here()
                os.abort()
        """
    )
    run = suite.run("--isolated-loop", "--isolated-loop-slow=0.3")
    text = run.text_of("test_a")
    assert "SIGABRT during call" in text
    assert "was_asked_here" not in text
    assert "was_asked_here" in run.stdout


def test_nothing_without_the_option(suite: Suite) -> None:
    suite.write(test_a="import asyncio\n\nasync def test_a():\n    await asyncio.sleep(0.5)\n")
    assert "slow" not in suite.run("--isolated-loop").stdout
