"""A debugger in an isolated test, on the user's terminal: a real one, at the other end of which sits pexpect."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator

import pexpect
import pytest

from ..inner_pytest import OF_THE_OUTER_RUN
from .conftest import Suite

PROMPT = r"\(Pdb\) "
#: Seconds in which a busy machine shows a prompt.
PATIENCE_S = 40

SUITE = """
import asyncio, time
import pytest

async def helper(marker):
    breakpoint()
    await asyncio.sleep(0)
    print("printed after it")
    breakpoint()
    return marker + 1

async def test_a():
    assert await helper(41) == 42

async def test_b():
    value = 17
    assert value == 18
"""


Start = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Starts pytest, or another command, in a terminal of its own."""
    name = "any_suite" if "any_suite" in request.fixturenames else "suite"
    suite: Suite = request.getfixturevalue(name)
    started: list[pexpect.spawn[str]] = []

    def start(*arguments: str, command: list[str] | None = None) -> pexpect.spawn[str]:
        environment = {name: value for name, value in os.environ.items() if name not in OF_THE_OUTER_RUN}
        child = pexpect.spawn(
            sys.executable,
            command or ["-m", "pytest", *suite.plugins(arguments), *arguments],
            cwd=str(suite.path),
            env={**environment, "PYTHONPATH": str(suite.path), "TERM": "xterm"},
            encoding="utf-8",
            timeout=PATIENCE_S,
            dimensions=(40, 120),
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def _rest(child: pexpect.spawn[str]) -> str:
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before)


@pytest.mark.parametrize("options", [["--isolated-loop-workers=2"], ["-s"]], ids=["captured", "s"])
def test_a_breakpoint_has_the_terminal_and_no_deadline(any_suite: Suite, start: Start, options: list[str]) -> None:
    any_suite.write(test_d=SUITE)
    child = start("--isolated-loop", "--isolated-loop-timeout=1", "-k", "test_a", *options)
    child.expect(PROMPT)
    time.sleep(2)  # Twice the limit of the stage.
    child.sendline("p marker * 1000")
    child.expect("41000")
    child.expect(PROMPT)
    # For the debugger, and not for pytest.
    child.sendintr()
    child.expect(PROMPT)
    child.sendline("c")
    child.expect(PROMPT)
    assert ("printed after it" in str(child.before)) == (options == ["-s"])
    child.sendline("c")
    output = _rest(child)
    assert "1 passed" in output, output
    assert child.exitstatus == 0


def test_the_user_quits(any_suite: Suite, start: Start) -> None:
    any_suite.write(test_d=SUITE)
    child = start("--isolated-loop")
    child.expect(PROMPT)
    child.sendline("q")
    output = _rest(child)
    assert "Exit: Quitting debugger" in output, output
    assert child.exitstatus == pytest.ExitCode.INTERRUPTED


def test_pdb_opens_where_a_test_has_failed(any_suite: Suite, start: Start) -> None:
    any_suite.write(test_d=SUITE)
    child = start("--isolated-loop", "--pdb", "-k", "test_b")
    child.expect("assert 17 == 18")
    child.expect(PROMPT)
    child.sendline("p value * 1000")
    child.expect("17000")
    child.expect(PROMPT)
    child.sendline("c")
    output = _rest(child)
    assert "1 failed" in output, output
    assert "1 of 1 tests isolated" in subprocess_output(any_suite, "--isolated-loop", "-k", "test_b", "--pdb")


def test_trace_stops_at_the_first_line(any_suite: Suite, start: Start) -> None:
    any_suite.write(test_a="def test_a():\n    value = 17\n    assert value\n")
    child = start("--isolated-loop-mode=all", "--trace")
    child.expect(PROMPT)
    child.sendline("n")
    child.expect(PROMPT)
    child.sendline("p value * 1000")
    child.expect("17000")
    child.sendline("c")
    assert "1 passed" in _rest(child)


DIES = """
import os

async def test_dies():
    breakpoint()

async def test_after():
    value = 17
    breakpoint()
"""


def test_a_worker_that_dies_gives_the_terminal_back(any_suite: Suite, start: Start) -> None:
    any_suite.write(test_d=DIES)
    child = start("--isolated-loop")
    child.expect(PROMPT)
    child.sendline("os.kill(os.getpid(), 9)")
    # Only who has the terminal in the foreground can lend it again.
    child.expect(PROMPT)
    child.sendline("p value * 1000")
    child.expect("17000")
    child.sendline("c")
    output = _rest(child)
    assert "was killed by SIGKILL during call" in output, output
    assert "1 failed" in output
    assert "1 passed" in output


def test_a_run_that_ends_meanwhile_leaves_the_terminal_as_it_was(suite: Suite, start: Start) -> None:
    suite.write(test_d=SUITE)
    # A worker of another session than the terminal's gets SIGINT from the host, which goes on.
    child = start("--isolated-loop", "--isolated-loop-start=fork")
    before = termios.tcgetattr(child.child_fd)
    child.expect(PROMPT)
    # The prompt has its own settings: it shows by itself what is typed.
    while termios.tcgetattr(child.child_fd) == before:
        time.sleep(0.01)
    child.kill(signal.SIGINT)
    child.expect("KeyboardInterrupt")
    child.expect("no tests ran")
    deadline = time.monotonic() + PATIENCE_S
    while termios.tcgetattr(child.child_fd) != before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert termios.tcgetattr(child.child_fd) == before
    _rest(child)
    assert child.exitstatus == pytest.ExitCode.INTERRUPTED


UNITTEST = """
import unittest
from isolated_async import isolated_loop

@isolated_loop(timeout=1)
class TestA(unittest.IsolatedAsyncioTestCase):
    async def test_a(self):
        value = 17
        breakpoint()
        self.assertEqual(value, 17)
"""


def test_under_unittest(suite: Suite, start: Start) -> None:
    suite.write(test_d=UNITTEST)
    child = start(command=["-m", "unittest", "test_d"])
    child.expect(PROMPT)
    time.sleep(2)
    child.sendline("p value * 1000")
    child.expect("17000")
    child.expect(PROMPT)
    child.sendline("c")
    assert "OK" in _rest(child)


def subprocess_output(suite: Suite, *arguments: str) -> str:
    """Of a run whose input ends at once: a debugger quits."""
    command = [sys.executable, "-m", "pytest", *suite.plugins(arguments), *arguments]
    done = subprocess.run(
        command, cwd=suite.path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=60, check=False
    )
    assert "Exit: Quitting debugger" in done.stdout
    return done.stdout
