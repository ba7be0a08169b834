"""What runs while nothing is written, on a real terminal: a pty, and an emulator that shows what is on its screen."""

from __future__ import annotations

import io
import os
import re
import sys

import pexpect
import pyte

from ..inner_pytest import OF_THE_OUTER_RUN
from .conftest import Suite

WIDTH, HEIGHT = 100, 40

SUITE = """
import asyncio

async def test_quick():
    pass

async def test_slow():
    await asyncio.sleep(2.5)

async def test_slower():
    await asyncio.sleep(2.7)
"""


def test_what_takes_long_is_named_while_it_runs(suite: Suite) -> None:
    suite.write(test_a=SUITE)
    arguments = ["--isolated-loop", "--isolated-loop-workers=2"]
    environment = {name: value for name, value in os.environ.items() if name not in OF_THE_OUTER_RUN}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "pytest", *suite.plugins(tuple(arguments)), *arguments],
        cwd=str(suite.path),
        env={**environment, "PYTHONPATH": str(suite.path), "TERM": "xterm"},
        encoding="utf-8",
        timeout=40,
        dimensions=(HEIGHT, WIDTH),
    )
    child.logfile_read = io.StringIO()
    child.expect("running [12] s: test_a.py::test_slow, and 1 more")
    while_it_runs = _screen(child)
    child.expect(pexpect.EOF)
    child.close()
    afterwards = _screen(child)
    assert child.exitstatus == 0
    (line,) = [each for each in while_it_runs if each.startswith("test_a.py ")]
    assert line.startswith("test_a.py .   running ")
    assert line.endswith(" s: test_a.py::test_slow, and 1 more")
    # It is wiped, and what pytest writes is as ever.
    (line,) = [each for each in afterwards if each.startswith("test_a.py ")]
    assert re.fullmatch(r"test_a\.py \.\.\. +\[100%\]", line)
    assert not any("running" in each for each in afterwards)


def test_nothing_of_it_is_written_to_a_file(suite: Suite) -> None:
    suite.write(test_a=SUITE)
    run = suite.run("--isolated-loop", "--color=yes", "-k", "test_slow and not slower")
    assert run.outcomes["passed"] == 1
    assert "running" not in run.stdout


def _screen(child: pexpect.spawn[str]) -> list[str]:
    screen = pyte.Screen(WIDTH, HEIGHT)
    assert isinstance(child.logfile_read, io.StringIO)
    pyte.Stream(screen).feed(child.logfile_read.getvalue())
    return [line.rstrip() for line in screen.display]
