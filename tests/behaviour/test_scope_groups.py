"""``@isolated_loop(scope="class"|"module")``: one worker and one loop for the tests of a class or module."""

from __future__ import annotations

import signal
import time

import pytest

from .conftest import Suite

MODULE = """
    import asyncio, os, signal, sys
    import pytest
    from isolated_async import isolated_loop

    pytestmark = isolated_loop(scope="module")
    HOST = int(os.environ["REPORT_LOG_PID"])

    def note(text):
        with open("notes", "a") as notes:
            notes.write(text + "\\n")

    @pytest.fixture(scope="module")
    async def shared():
        note("up")
        task = asyncio.create_task(asyncio.sleep(60))
        yield asyncio.get_running_loop(), task, os.getpid()
        task.cancel()
        note("down")

    async def check(shared):
        loop, task, pid = shared
        assert asyncio.get_running_loop() is loop
        assert not task.done()
        assert os.getpid() == pid != HOST
"""

THREE = """
    async def test_one(shared):
        await check(shared)

    async def test_two(shared):
        await check(shared)
        assert 0, "two"

    def test_three(shared):
        asyncio.get_event_loop().run_until_complete(check(shared))
"""


def notes(suite: Suite) -> list[str]:
    return (suite.path / "notes").read_text().split()


@pytest.mark.parametrize("workers", ["1", "3"])
def test_module(any_suite: Suite, workers: str) -> None:
    any_suite.write(test_a=MODULE + THREE, test_b=MODULE + THREE)
    run = any_suite.run(f"--isolated-loop-workers={workers}")
    assert run.outcomes == {"passed": 4, "failed": 2}, run.stdout
    assert sorted(notes(any_suite)) == ["down", "down", "up", "up"]
    if workers == "1":
        assert notes(any_suite) == ["up", "down", "up", "down"]


def test_without_a_scope_they_do_not_share(suite: Suite) -> None:
    suite.write(test_a=MODULE.replace('(scope="module")', "") + THREE)
    suite.run()
    assert notes(suite) == ["up", "down"] * 3


@pytest.mark.parametrize("dist", ["load", "loadfile"])
def test_under_xdist(suite: Suite, dist: str) -> None:
    suite.write(test_a=MODULE + THREE, test_b=MODULE + THREE)
    run = suite.run("-n1", f"--dist={dist}", "--isolated-loop-workers=2")
    assert run.outcomes == {"passed": 4, "failed": 2}, run.stdout
    assert sorted(notes(suite)) == ["down", "down", "up", "up"]


def test_class(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import asyncio, os, unittest
            import pytest
            from isolated_async import isolated_loop

            SEEN = []

            @pytest.fixture(scope="class")
            async def shared():
                yield asyncio.get_running_loop()

            @isolated_loop(scope="class")
            class TestOne:
                async def test_first(self, shared):
                    SEEN.append(shared)
                    assert SEEN == [asyncio.get_running_loop()]

                async def test_second(self, shared):
                    SEEN.append(asyncio.get_running_loop())
                    assert SEEN == [shared, shared]

            @isolated_loop(scope="class")
            class TestTwo(TestOne):
                pass

            @isolated_loop(scope="class")
            class Case(unittest.TestCase):
                @classmethod
                def setUpClass(cls):
                    cls.loop = asyncio.new_event_loop()
                    asyncio.set_event_loop(cls.loop)
                    cls.count = 0

                async def test_first(self):
                    type(self).count += 1
                    assert self.count == 1

                async def test_second(self):
                    type(self).count += 1
                    assert self.count == 2
                    assert asyncio.get_running_loop() is self.loop

                @classmethod
                def tearDownClass(cls):
                    cls.loop.run_until_complete(asyncio.sleep(0))
                    cls.loop.close()

            @isolated_loop(scope="class")
            async def test_of_no_class():
                assert SEEN == []
        """
    )
    run = any_suite.run("-p", "no:asyncio", "-W", "ignore::pytest.PytestConfigWarning")
    assert run.outcomes == {"passed": 7}, run.stdout


CRASHES = (
    MODULE
    + """
    async def test_one(shared):
        await check(shared)

    async def test_crashes(shared):
        {crash}

    async def test_three(shared):
        await check(shared)

    async def test_four(shared):
        await check(shared)
"""
)


@pytest.mark.parametrize("workers", ["1", "3"])
@pytest.mark.parametrize(
    ("crash", "verdict"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "the worker process was killed by SIGKILL during call"),
        ("os._exit(0)", "the worker process exited with status 0 during call"),
        ("await asyncio.sleep(60)", "Timeout: call took longer than 1 s"),
    ],
)
def test_the_rest_of_a_group_gets_a_new_worker(suite: Suite, crash: str, verdict: str, workers: str) -> None:
    suite.write(test_a=CRASHES.format(crash=crash))
    run = suite.run(f"--isolated-loop-workers={workers}", "--isolated-loop-timeout=1")
    assert run.outcomes == {"passed": 3, "failed": 1}, run.stdout
    assert verdict in run.text_of("test_crashes")
    # A worker that was only too slow tears down what it shares; one that died cannot.
    assert notes(suite) == ["up", *(["down"] if "Timeout" in verdict else []), "up", "down"]


@pytest.mark.parametrize("workers", ["1", "3"])
def test_what_is_shared_is_torn_down_when_the_run_stops(suite: Suite, workers: str) -> None:
    suite.write(test_a=MODULE + THREE)
    run = suite.run("-x", f"--isolated-loop-workers={workers}")
    assert run.outcomes == {"passed": 1, "failed": 1}, run.stdout
    assert notes(suite) == ["up", "down"]


@pytest.mark.parametrize("workers", ["1", "3"])
def test_what_is_shared_is_torn_down_when_a_teardown_stops_the_run(suite: Suite, workers: str) -> None:
    own = """
    @pytest.fixture
    def own():
        yield
        assert 0, "own"
"""
    tests = THREE.replace("test_two(shared)", "test_two(shared, own)").replace('assert 0, "two"', "pass")
    suite.write(test_a=MODULE + own + tests)
    run = suite.run("-x", f"--isolated-loop-workers={workers}")
    assert run.outcomes == {"passed": 2, "errors": 1}, run.stdout
    assert notes(suite) == ["up", "down"]


def test_tests_of_the_host_in_between(suite: Suite) -> None:
    suite.write(
        test_a=MODULE
        + """
    async def test_one(shared):
        await check(shared)

    @isolated_loop(False)
    def test_of_the_host():
        assert os.getpid() == HOST

    async def test_three(shared):
        await check(shared)
"""
    )
    run = suite.run("--isolated-loop-workers=2")
    assert run.outcomes == {"passed": 3}, run.stdout
    assert notes(suite) == ["up", "down"]


def test_a_function_may_leave_the_group(suite: Suite) -> None:
    suite.write(
        test_a=MODULE
        + """
    async def test_one(shared):
        await check(shared)

    @isolated_loop(scope="function")
    async def test_alone(shared):
        await check(shared)
"""
    )
    assert suite.run().outcomes == {"passed": 2}
    assert notes(suite) == ["up", "down"] * 2


def test_pytest_asyncio_with_its_own_scopes(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, os
            import pytest, pytest_asyncio

            pytestmark = [pytest.mark.isolated_loop(scope="module"), pytest.mark.asyncio(loop_scope="module")]
            COUNT = []

            @pytest_asyncio.fixture(loop_scope="module", scope="module")
            async def shared():
                COUNT.append(1)
                yield asyncio.get_running_loop()

            async def test_one(shared):
                assert asyncio.get_running_loop() is shared

            async def test_two(shared):
                assert asyncio.get_running_loop() is shared
                assert COUNT == [1]
        """
    )
    assert suite.run().outcomes == {"passed": 2}


def test_one_loop_factory_for_a_group(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            from isolated_async import isolated_loop

            @isolated_loop(scope="class")
            class TestGroup:
                async def test_one(self):
                    pass

                @isolated_loop(loop_factory="asyncio.new_event_loop")
                async def test_two(self):
                    pass
        """
    )
    run = suite.run()
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    assert "test_a.py::TestGroup::test_two: @isolated_loop has loop_factory='asyncio.new_event_loop'" in run.stderr
    assert "allowed: one for the whole group" in run.stderr


def test_an_interrupt_does_not_wait_for_the_test_that_runs(suite: Suite) -> None:
    suite.write(
        test_a=MODULE
        + """
    def test_slow():
        note("running")
        import time
        time.sleep(3)
        note("finished")

    def test_next():
        pass
"""
    )
    running = suite.start("-p", "no:asyncio")
    while not (suite.path / "notes").exists() or notes(suite) != ["running"]:
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=60)
    assert "KeyboardInterrupt" in output
    assert notes(suite) == ["running"]
