"""Workers on Windows, as far as that can be made of what Linux has: see other_systems.py and fake_windows.py."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from .conftest import Suite
from .other_systems import WINDOWS
from .test_end_of_run import PATIENCE_S, _assert_gone, _pids, _processes_in

#: Ends of tests, of which some have left processes behind.
FATES = """
    import asyncio, ctypes, os, signal, subprocess, sys, time
    import pytest

    def leave_processes():
        with open("pids", "a") as file:
            child = subprocess.Popen(["sleep", "1000"])
            file.write(f"{os.getpid()}\\n{child.pid}\\n")

    @pytest.fixture
    async def torn_down():
        yield
        print("torn down")

    async def test_passes(tmp_path):
        assert os.read(0, 1) == b""
        assert not hasattr(os, "fork")

    async def test_fails():
        print("said by it")
        os.write(2, b"and by its descriptor\\n")
        assert 0

    async def test_aborts():
        leave_processes()
        print("before it aborts")
        os.abort()

    async def test_exits():
        os._exit(77)

    async def test_is_terminated():
        os.kill(os.getpid(), signal.SIGTERM)

    async def test_crashes():
        ctypes.string_at(0)

    async def test_waits(torn_down):
        leave_processes()
        await asyncio.sleep(1000)

    async def test_sleeps(torn_down):
        leave_processes()
        print("before it sleeps")
        time.sleep(1000)

    async def test_leaves():
        leave_processes()
        asyncio.get_running_loop().create_task(asyncio.sleep(1000), name="left")

    def test_what_they_have_started_is_gone():
        for pid in open("pids").read().split():
            try:
                assert ") Z " in open(f"/proc/{pid}/stat").read()
            except FileNotFoundError:
                pass
"""


@pytest.mark.variants
def test_fates_as_on_windows(suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    suite.write(sitecustomize=WINDOWS, test_a=FATES)
    run = suite.run("--isolated-loop-mode=all", "--isolated-loop-timeout=3")
    assert "start method spawn, 3 s per stage" in run.stdout
    assert run.outcomes == {"passed": 3, "failed": 7, "warnings": 2}, run.stdout
    assert "said by it" in run.text_of("test_fails")
    assert "and by its descriptor" in run.text_of("test_fails")
    says = {name: run.text_of(f"test_{name}") for name in ("aborts", "exits", "is_terminated", "crashes")}
    assert "the worker process exited with status 3 (as after abort()) during call" in says["aborts"]
    assert "in test_aborts" in says["aborts"]
    assert "before it aborts" in says["aborts"]
    assert "the worker process exited with status 77 during call" in says["exits"]
    assert "the worker process exited with status 15 during call" in says["is_terminated"]
    assert "the worker process exited with status 0xC0000005 (access violation) during call" in says["crashes"]
    waits, sleeps = run.text_of("test_waits"), run.text_of("test_sleeps")
    assert "Timeout: call took longer than 3 s" in waits
    assert "await asyncio.sleep(1000)" in waits
    assert "torn down" in waits
    # No Python code of the main thread runs any more: another thread tells where it stands.
    assert "Timeout: call took longer than 3 s" in sleeps
    assert "in test_sleeps" in sleeps
    assert "before it sleeps" in sleeps
    assert "torn down" not in sleeps
    assert "pending task 'left' of sleep()" in run.stdout
    assert run.stdout.count("LeakWarning: child process ") == 1
    assert len(_pids(suite.path)) == 8
    _assert_gone(_pids(suite.path))
    assert not _processes_in(suite.path)
    # No capture file, no page.
    assert not list(temporary.glob("isolated-async-*"))


LIVE = """
    import asyncio, os, subprocess, sys
    import pytest, isolated_async

    pytestmark = isolated_async.isolated_loop(scope="module")

    @isolated_async.shared_fixture(scope="session")
    async def server():
        async def answer(reader, writer):
            writer.write((await reader.readline()).upper())
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()
        print("\\ncloses the server")
        server.close()

    @pytest.fixture(scope="module")
    async def process():
        return os.getpid()

    async def test_one(process):
        print("printed")
        os.write(1, b"written\\n")
        subprocess.run([sys.executable, "-c", "print('by a child')"])

    async def test_two(process, server):
        assert process == os.getpid()
        reader, writer = await asyncio.open_connection(*server)
        writer.write(b"asked\\n")
        # On a line of its own, whatever the terminal says about a slow test.
        print("\\nserved", await reader.readline())
        writer.close()

    async def test_three(process):
        child = await asyncio.create_subprocess_exec("sleep", "1000")
        print("\\nthree begins")
        await asyncio.sleep(1.6)
        # Nobody has asked the worker where it stands: the child would have heard of that.
        assert child.returncode is None
        child.terminate()
        await child.wait()

    async def test_four(process):
        await asyncio.sleep(0.6)
"""


def test_live_output_groups_and_shared_fixtures_as_on_windows(suite: Suite) -> None:
    suite.write(sitecustomize=WINDOWS, test_a=LIVE)
    run = suite.run("-s", "-v", "--isolated-loop-slow=0.3", "--isolated-loop-leaks=error")
    assert run.outcomes == {"passed": 4}, run.stdout
    lines = run.stdout.splitlines()
    order = [
        *("test_a.py::test_one printed", "written", "by a child", "served b'ASKED\\n'"),
        *("three begins", "closes the server"),
    ]
    assert [line for line in lines if line in order] == order
    # While it has a child process, its place is not asked for.
    slow = [line for line in lines if line.startswith("isolated-loop: slow: ")]
    (unknown,) = [line for line in slow if "test_three" in line and line.endswith("call stands")]
    # It is shown as it is written, though the worker says nothing meanwhile.
    assert lines.index("three begins") < lines.index(unknown)
    assert not [line for line in slow if line.endswith("in test_three")]
    assert [line for line in slow if line.endswith("in test_four")]
    assert not _processes_in(suite.path)


@pytest.mark.variants
def test_a_host_that_is_killed_leaves_nothing_as_on_windows(suite: Suite) -> None:
    suite.write(sitecustomize=WINDOWS, test_a=FATES)
    host = suite.start("--isolated-loop", "-k", "waits or sleeps", "--isolated-loop-workers=2")
    end = time.monotonic() + PATIENCE_S * 2
    while len(_pids(suite.path)) < 4:
        assert time.monotonic() < end
        time.sleep(0.02)
    involved = {*_pids(suite.path), *_processes_in(suite.path)} - {host.pid}
    os.kill(host.pid, signal.SIGKILL)
    _assert_gone(list(involved))
    host.communicate(timeout=60)


FUNCTIONS_OF_THE_SYSTEM = """
import asyncio, os, signal, subprocess, sys
from isolated_async_workers import system as of_workers
from isolated_async_workers.wire import system

file, name = system.open_shared_file("test")
again = system.open_by_name(name, appending=True)
assert os.path.isabs(name) and not os.get_inheritable(file) and not os.get_inheritable(again)
os.write(file, b"0123456789")
os.lseek(file, 4, os.SEEK_SET)
assert system.read_at(file, 3, 6) == b"678"
assert system.write_at(file, b"xy", 1) == 2
assert os.lseek(file, 0, os.SEEK_CUR) == 4
os.write(again, b"end")
assert os.read(file, 100) == b"456789end"
assert system.read_at(again, 100, 0) == b"0xy3456789end"
above = of_workers.duplicate_above(file, 200), of_workers.duplicate_above(file, 200)
assert above == (200, 201)
reader, writer = os.pipe()
assert not of_workers.has_news(reader)
os.write(writer, b"x")
assert of_workers.has_news(reader)
os.read(reader, 1)
os.close(writer)
assert of_workers.has_news(reader)
assert of_workers.group_of(0) == os.getpid()
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
assert not of_workers.has_ended(child.pid)
child.communicate(b"go\\n")
assert of_workers.has_ended(child.pid)
from asyncio import proactor_events
from unittest import mock

loops = asyncio.new_event_loop(), proactor_events.BaseProactorEventLoop(mock.Mock())
signal.set_wakeup_fd(-1)
for loop, woken in zip(loops, (-1, loops[1]._csock.fileno())):
    of_workers.wake_for_signals(loop)
    assert signal.set_wakeup_fd(-1) == woken
print("done")
"""


def test_functions_of_the_system_as_on_windows(suite: Suite) -> None:
    suite.write(sitecustomize=WINDOWS, functions=FUNCTIONS_OF_THE_SYSTEM)
    script = suite.run_script(suite.path / "functions.py", suite.path)
    assert script.stdout == "done\n"


FUNCTIONS = """
import asyncio, os, subprocess
from isolated_async import IsolatedPool, run_isolated, run_isolated_async

def process_and(number):
    return os.getpid(), number

async def waits():
    try:
        await asyncio.sleep(1000)
    finally:
        print("cleaned up")

async def ends():
    with open("pids", "w") as file:
        file.write(str(subprocess.Popen(["sleep", "1000"]).pid))
    os._exit(3)

async def several():
    return await asyncio.gather(*(run_isolated_async(process_and, number) for number in (1, 2)))

for function in (waits, ends):
    try:
        run_isolated(function, timeout=1.5)
    except Exception as error:
        print(type(error).__name__, *str(error).splitlines()[:1], "await asyncio.sleep(1000)" in str(error), sep="; ")
with IsolatedPool(2) as pool:
    futures = [pool.submit(process_and, number) for number in (3, 4, 5)]
    results = [run_isolated(process_and, 0), *asyncio.run(several()), *(future.result() for future in futures)]
processes, numbers = zip(*results)
print(numbers, len({*processes, os.getpid()}))
try:
    run_isolated(several, start="fork")
except ValueError as error:
    print(error)
"""


def test_functions_as_on_windows(suite: Suite) -> None:
    suite.write(sitecustomize=WINDOWS, functions=FUNCTIONS)
    script = suite.run_script(suite.path / "functions.py", suite.path)
    assert script.stdout.splitlines() == [
        "IsolatedTimeout; waits took longer than 1.5 s; True",
        "WorkerCrashed; the process of ends exited with status 3 (as after abort()) before the function had returned; "
        "False",
        "(0, 1, 2, 3, 4, 5) 7",
        "run_isolated got start='fork'; allowed: 'spawn' or None (there is no fork on Windows)",
    ]
    _assert_gone(_pids(suite.path))
    assert not _processes_in(suite.path)
