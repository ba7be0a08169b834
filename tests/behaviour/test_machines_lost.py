"""A machine goes away in the middle of a run, or the host does: what becomes of the cases, and of the processes."""

from __future__ import annotations

import os
import signal
import time

import pytest

from .machines import Machines, machines, outcomes

__all__ = ["machines"]

#: How many processes they are above a worker that a local gateway leads to.
ZYGOTE, AGENT, RELAY = 1, 3, 4


@pytest.mark.parametrize("generation", [ZYGOTE, AGENT, pytest.param(RELAY, marks=pytest.mark.variants)])
def test_a_machine_goes_away(machines: Machines, generation: int) -> None:
    machines.write(
        test_a="""
            def ancestor(generation):
                pid = os.getpid()
                for _ in range(generation):
                    pid = int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
                return pid

            async def test_started():
                note("started")
                await asyncio.sleep(100)

            async def test_kills():
                note("kills")
                while open(notes).read().count("started") < 2:
                    await asyncio.sleep(0.01)
                assert where == "there"
                os.kill(ancestor(GENERATION), signal.SIGKILL)
                await asyncio.sleep(100)

            async def test_here():
                note(where)

            async def test_started_too():
                note("started")
                await asyncio.sleep(100)

            @pytest.mark.parametrize("number", range(6))
            async def test_goes_on(number):
                note(f"{number} {where}")
        """.replace("GENERATION", str(generation))
    )
    # The first two go there, the third one stays here, and the fourth one takes the last slot there.
    run = machines.suite.run("--isolated-loop", machines.spec(3), "-v")
    assert run.result.ret == pytest.ExitCode.TESTS_FAILED
    assert outcomes(run) == [
        ("test_started", "failed"),
        ("test_kills", "failed"),
        ("test_here", "passed"),
        ("test_started_too", "failed"),
        *((f"test_goes_on[{number}]", "passed") for number in range(6)),
    ]
    reason = {
        ZYGOTE: "the process that forks the workers there was killed by SIGKILL",
        AGENT: "the connection has ended",
        RELAY: "the process that leads there was killed by SIGKILL",
    }[generation]
    for test in ("test_started", "test_kills", "test_started_too"):
        assert f"the isolated test was lost during call: popen: {reason}" in run.text_of(f"::{test}")
    assert sorted(machines.notes()) == [
        *(f"{number} here" for number in range(6)),
        "here",
        "kills",
        "started",
        "started",
    ]
    # Whom nobody survives over there, nobody tidies up after.
    machines.assert_nothing_left(files_too=generation != AGENT)


def test_what_had_not_begun_on_a_machine_that_goes_away_runs_elsewhere(machines: Machines) -> None:
    machines.write(
        conftest="""
            def ancestor():
                keeper = os.getppid()
                return int(open(f"/proc/{keeper}/stat").read().rpartition(")")[2].split()[1])

            if where == "there":
                note(f"{ancestor()}")

            @pytest.hookimpl(wrapper=True)
            def pytest_runtest_protocol(item):
                lines = open(notes).read().splitlines()
                if where == "here" and lines[1:] == []:
                    # In the host: from now on nothing is begun there, and nobody knows.
                    os.kill(int(lines[0]), signal.SIGSTOP)
                    note("stopped")
                return (yield)
        """,
        test_a="""
            @pytest.mark.parametrize("number", range(6))
            async def test_moves(number):
                if where == "here" and number == 2:
                    os.kill(int(open(notes).readline()), signal.SIGKILL)
                note(f"{number} {where}")
        """,
    )
    run = machines.suite.run("--isolated-loop", machines.spec(3))
    assert run.result.ret == 0
    assert outcomes(run) == [(f"test_moves[{number}]", "passed") for number in range(6)]
    _, _, *ran = machines.notes()
    assert sorted(ran) == [f"{number} here" for number in range(6)]
    machines.assert_nothing_left(files_too=False)


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.variants)])
def test_the_host_goes_away(machines: Machines, number: signal.Signals) -> None:
    machines.write(
        test_a="""
            def test_of_the_host():
                if os.fork() == 0:
                    # It holds everything open that the host has open.
                    note(f"{os.getpid()}")
                    time.sleep(1000)

            async def test_started(tmp_path):
                note("started")
                await asyncio.sleep(100)
        """
    )
    process = machines.suite.start("--isolated-loop", machines.spec(3))
    while len(machines.notes()) < 2:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    status = process.wait(timeout=30)
    (fork,) = (int(note) for note in machines.notes() if note != "started")
    try:
        assert status == (-number if number == signal.SIGKILL else pytest.ExitCode.INTERRUPTED)
        machines.assert_nothing_left(but=fork)
    finally:
        os.kill(fork, signal.SIGKILL)
        assert process.stdout is not None
        process.stdout.close()
