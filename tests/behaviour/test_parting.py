"""The next test begins while the worker of the one before it still leaves: nothing of that is in its way."""

from __future__ import annotations

import pytest

from .conftest import Suite

SAME_PLACES = """
import asyncio, fcntl, os, socket, subprocess, sys, threading, time
import pytest

PORT = int(open("port").read())
kept = []

async def hold():
    server = socket.socket()
    server.bind(("127.0.0.1", PORT))
    server.listen()
    local = socket.socket(socket.AF_UNIX)
    local.bind("\\0isolated-async-test-%d" % PORT)
    lock = open("lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    kept.extend((server, local, lock))

@pytest.mark.parametrize("number", range(25))
async def test_files(number):
    await hold()

@pytest.mark.parametrize("number", range(3))
async def test_child(number):
    await hold()
    for file in kept:
        file.fileno() and os.set_inheritable(file.fileno(), True)
    subprocess.Popen(["sleep", "1000"], close_fds=False)

@pytest.mark.parametrize("number", range(3))
async def test_thread(number):
    await hold()
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()

@pytest.mark.parametrize("number", range(3))
async def test_memory(number):
    await hold()
    kept.append(bytearray(b"x" * 200 * 2**20))
"""


@pytest.mark.parametrize("start", ["fork", pytest.param("spawn", marks=pytest.mark.variants)])
def test_no_test_is_in_the_way_of_the_next_one(suite: Suite, start: str, unused_port: int) -> None:
    (suite.path / "port").write_text(str(unused_port))
    suite.write(test_a=SAME_PLACES)
    run = suite.run("--isolated-loop", f"--isolated-loop-start={start}", "--isolated-loop-leaks=ignore")
    assert run.outcomes == {"passed": 34}, run.stdout


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_place_is_taken_by_one_at_a_time(suite: Suite) -> None:
    """What tells workers apart that run at the same time does not grow with those that leave."""
    suite.write(
        conftest="""
            import pytest
            from isolated_async_workers.slot import SLOT

            @pytest.fixture
            def slot(pytestconfig):
                return pytestconfig.stash[SLOT]
        """,
        test_a="""
            import pytest

            @pytest.mark.parametrize("number", range(60))
            async def test_a(slot, number):
                assert slot == 0
        """,
    )
    run = suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 60}, run.stdout
