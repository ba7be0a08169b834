"""How shared fixtures end: torn down once, however the run ends; what goes wrong in them is told, and costs no more."""

from __future__ import annotations

import signal
import time

import pytest

from .conftest import Suite
from .test_end_of_run import _assert_gone, _pids, _processes_in
from .test_shared_fixtures import NOTES, _notes

#: Two that depend on each other, the second an async one with a child process and a daemon.
TWO = f"""{NOTES}
    import subprocess

    def note_pid(pid):
        with open("pids", "a") as pids:
            pids.write(f"{{pid}}\\n")

    @shared_fixture
    def first():
        note_pid(os.getpid())
        note("first up")
        yield os.getpid()
        note("first down")

    @shared_fixture
    async def second(first):
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        note_pid(os.getpid())
        note_pid(subprocess.Popen(["sleep", "1000"]).pid)
        note_pid(subprocess.Popen(["sleep", "1000"], start_new_session=True).pid)
        note("second up")
        yield server.sockets[0].getsockname()[:2]
        await asyncio.sleep(0.01)
        note("second down")
"""

WHOLE = ["first up", "second up", "second down", "first down"]


@pytest.mark.parametrize("workers", ["1", "3"])
def test_tests_that_fail_crash_and_stop_the_run(any_suite: Suite, workers: str) -> None:
    any_suite.write(
        conftest=TWO,
        test_a="""
            import os, signal
            from conftest import ask
            from isolated_async import isolated_loop

            async def test_crashes(second):
                assert await ask(second) == b"hello\\n"
                os.kill(os.getpid(), signal.SIGKILL)

            @isolated_loop(scope="class")
            class TestGroup:
                async def test_one(self, second):
                    assert await ask(second) == b"hello\\n"

                async def test_two(self, second, first):
                    assert await ask(second) == b"hello\\n"

            async def test_fails(second):
                assert await ask(second) == b"hello\\n"
                assert False

            async def test_never(second): pass
            def test_never_in_the_host(second): pass
        """,
    )
    run = any_suite.run("--isolated-loop", "--maxfail=2", f"--isolated-loop-workers={workers}")
    assert run.outcomes == {"passed": 2, "failed": 2}, run.stdout
    assert _notes(any_suite) == WHOLE
    _assert_gone(_pids(any_suite.path))


@pytest.mark.parametrize("where", ["test", "setup"])
def test_the_user_stops_the_run(any_suite: Suite, where: str) -> None:
    any_suite.write(
        conftest=f"""{TWO}
    @shared_fixture
    async def third(second):
        try:
            note("third begins")
            await asyncio.sleep(1000)
        finally:
            note("third ends")
""",
        test_a="""
            from conftest import ask, note

            async def test_hangs(second):
                note("hangs")
                try:
                    while await ask(second):
                        pass
                finally:
                    note("meets the end of the server")

            async def test_needs_third(third): pass
        """,
    )
    host = any_suite.start("--isolated-loop", "-k", "hangs" if where == "test" else "needs")
    end = time.monotonic() + 60
    awaited = "hangs" if where == "test" else "third begins"
    while awaited not in _notes(any_suite):
        assert time.monotonic() < end, _notes(any_suite)
        time.sleep(0.02)
    involved = {*_pids(any_suite.path), *_processes_in(any_suite.path)}
    host.send_signal(signal.SIGINT)
    output = host.communicate(timeout=60)[0]
    assert host.returncode == pytest.ExitCode.INTERRUPTED, output
    assert "KeyboardInterrupt" in output
    between = ["hangs"] if where == "test" else ["third begins", "third ends"]
    assert _notes(any_suite) == [*WHOLE[:2], *between, *WHOLE[2:]]
    _assert_gone([pid for pid in involved if pid != host.pid])


def test_its_process_dies(any_suite: Suite) -> None:
    any_suite.write(
        conftest=f"""{NOTES}
    import ctypes, time

    @shared_fixture
    def fragile():
        print("begins")
        yield os.getpid()

    @shared_fixture
    def dies():
        note("dies up")
        os._exit(3)

    @shared_fixture
    async def raises_while_it_serves():
        asyncio.get_running_loop().call_later(0.01, sys.exit, "enough")
        yield
""",
        test_a="""
            import os, signal, time
            from pathlib import Path

            async def test_kills_it(fragile):
                os.kill(fragile, signal.SIGSEGV)
                while Path(f"/proc/{fragile}").exists():
                    time.sleep(0.01)

            async def test_asks_later(fragile): pass
            def test_asks_in_the_host(fragile): pass
            async def test_dies(dies): pass
            async def test_dies_too(dies): pass
            async def test_exits(raises_while_it_serves):
                time.sleep(0.1)
        """,
    )
    run = any_suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 2, "errors": 6}, run.stdout
    lost = (
        "shared fixture 'fragile' was lost while tests used it: the worker process was killed by SIGSEGV during the run"
    )
    for test in ("test_asks_later", "test_asks_in_the_host"):
        assert lost in run.text_of(test)
    for test in ("test_dies", "test_dies_too"):
        assert "shared fixture 'dies' failed at setup: the worker process exited with status 3" in run.text_of(test)
    assert _notes(any_suite) == ["dies up"]
    # That it was lost is reported even if nobody asks for it again.
    assert run.outcome_of("test_asks_in_the_host")["teardown"] == "failed"
    assert "failed while it served: SystemExit: enough" in run.text_of("test_exits")


def test_the_process_that_forks_dies(any_suite: Suite) -> None:
    any_suite.write(
        conftest=TWO,
        test_a="""
            import os, signal, time
            from pathlib import Path

            def below(pid):
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
                return [each for child in children for each in (int(child), *below(child))]

            def runs(pid):
                try:
                    # Who has ended and is waited for by nobody is a zombie.
                    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
                except OSError:
                    return False

            async def test_asks(second): pass

            def test_kills_the_zygote(first):
                # The host's only child keeps the zygote; that ends with it, and so does all that it has forked.
                keeper, *others = below(os.getpid())
                os.kill(keeper, signal.SIGKILL)
                # Else a test could begin in a worker that is about to be killed.
                while any(runs(each) for each in others):
                    time.sleep(0.01)

            async def test_asks_again(second): pass
            async def test_needs_none(): pass
        """,
    )
    run = any_suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 3, "errors": 3}, run.stdout
    text = run.text_of("test_asks_again")
    assert "shared fixture 'second' was lost while tests used it: the process that forks the workers was killed" in text
    # Each of the two has not been torn down, which is told as well.
    assert run.outcome_of("test_asks_again")["teardown"] == "failed"
    assert run.outcome_of("test_kills_the_zygote")["teardown"] == "failed"
    assert _notes(any_suite) == WHOLE[:2]
    _assert_gone(_pids(any_suite.path))


def test_the_user_insists(any_suite: Suite) -> None:
    any_suite.write(
        conftest=f"""{NOTES}
    @shared_fixture
    async def never_ends():
        yield
        note("asked to end")
        await asyncio.sleep(1000)
""",
        test_a="""
            import asyncio
            from conftest import note

            async def test_hangs(never_ends):
                note("hangs")
                await asyncio.sleep(1000)
        """,
    )
    host = any_suite.start("--isolated-loop")
    end = time.monotonic() + 60
    for note in ("hangs", "asked to end"):
        while note not in _notes(any_suite):
            assert time.monotonic() < end, _notes(any_suite)
            time.sleep(0.02)
        host.send_signal(signal.SIGINT)
    output = host.communicate(timeout=30)[0]
    assert host.returncode == pytest.ExitCode.INTERRUPTED, output
    assert "INTERNALERROR" not in output


def test_limits(any_suite: Suite) -> None:
    any_suite.write(
        conftest=f"""{NOTES}
    import time
    import isolated_async.shared.instance

    isolated_async.shared.instance.TEARDOWN_LIMIT_S = 1.0

    @shared_fixture
    def slow():
        note("slow begins")
        time.sleep(1.5)
        return "slow"

    @shared_fixture
    async def hangs():
        try:
            await asyncio.sleep(1000)
        finally:
            note("hangs is cancelled")

    @shared_fixture
    async def never_ends():
        yield
        note("never_ends is asked to end")
        await asyncio.sleep(1000)
""",
        test_a="""
            import pytest
            from isolated_async import isolated_loop

            # Its own limit is not that of what it waits for.
            @isolated_loop(timeout=1)
            async def test_waits(slow): assert slow == "slow"

            async def test_hangs(hangs): pass
            def test_in_the_host(hangs): pass
            async def test_never_ends(never_ends): pass
        """,
    )
    run = any_suite.run("--isolated-loop", "--isolated-loop-timeout=3")
    assert run.outcomes == {"passed": 2, "errors": 3}, run.stdout
    for test in ("test_hangs", "test_in_the_host"):
        text = run.text_of(test)
        assert "shared fixture 'hangs' failed at setup: Timeout: setup took longer than 3 s" in text
        assert "await asyncio.sleep(1000)" in text
    assert "shared fixture 'never_ends' failed at teardown: Timeout: teardown took longer than 1 s" in run.text_of(
        "test_never_ends"
    )
    assert _notes(any_suite) == ["slow begins", "hangs is cancelled", "never_ends is asked to end"]


def test_once_in_each_xdist_worker(any_suite: Suite) -> None:
    any_suite.write(
        conftest=f"""{NOTES}
    @shared_fixture
    async def server(worker_id):
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        note(f"up {{worker_id}}")
        yield server.sockets[0].getsockname()[:2]
        note(f"down {{worker_id}}")
        raise RuntimeError("teardown broke")
""",
        test_a="""
            import pytest
            from conftest import ask

            @pytest.mark.parametrize("number", range(8))
            async def test_many(server, number):
                assert await ask(server) == b"hello\\n"
        """,
    )
    run = any_suite.run("--isolated-loop", "-n", "2", "--dist", "each")
    assert run.outcomes == {"passed": 16, "errors": 2}, run.stdout
    assert sorted(_notes(any_suite)) == ["down gw0", "down gw1", "up gw0", "up gw1"]


@pytest.mark.parametrize(
    ("conftest", "ini", "message"),
    [
        (
            "@shared_fixture(scope='module')\n    def f(): pass",
            "",
            "UsageError: @shared_fixture on f: got scope='module'; a shared fixture lives as long as the run",
        ),
        ("@shared_fixture(parameters=[1])\n    def f(): pass", "", "got an unknown argument parameters=[1]; allowed: "),
        ("shared_fixture(3)", "", "@shared_fixture on 3: allowed on functions, without @pytest.fixture"),
        (
            "@pytest.fixture\n    def f(): pass",
            "f",
            "fixture 'f' has scope 'function'; allowed: names of session fixtures",
        ),
        (
            "",
            "a-b",
            "ini option isolated_loop_shared_fixtures: invalid value 'a-b'; allowed: names of session fixtures",
        ),
    ],
)
def test_bad_input(suite: Suite, conftest: str, ini: str, message: str) -> None:
    suite.ini(f"isolated_loop_shared_fixtures = {ini}")
    suite.write(
        conftest=f"""
    import pytest
    from isolated_async import shared_fixture

    {conftest}
""",
        test_a="async def test_a(): raise SystemExit('never')",
    )
    run = suite.run("--isolated-loop")
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in run.stdout + run.stderr
