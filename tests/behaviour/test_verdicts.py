"""What a user sees of a test that ended its process, or was ended. Every way to do so: ``tests/faults``."""

from __future__ import annotations

import pytest

from .conftest import Suite


def test_death_under_xfail(suite: Suite) -> None:
    suite.write(
        test_fault="""
            import os, pytest

            @pytest.mark.xfail(reason="crashes")
            async def test_any():
                os.abort()

            @pytest.mark.xfail(raises=ValueError)
            async def test_only_value_error():
                os.abort()

            @pytest.mark.xfail(False, reason="condition does not hold")
            async def test_no_xfail():
                os.abort()
        """
    )
    assert suite.run("--isolated-loop").outcomes == {"xfailed": 1, "failed": 2}
    assert suite.run("--isolated-loop", "--runxfail").outcomes == {"failed": 3}


HANGS = {
    "call": ("pass", "await asyncio.sleep(60)", "pass", "in test_hangs"),
    "call deaf": ("pass", "deaf()", "pass", "in deaf"),
}


@pytest.mark.parametrize("stage", HANGS)
def test_a_hang_is_ended_and_explained(suite: Suite, stage: str) -> None:
    setup, call, teardown, stack = HANGS[stage]
    suite.write(
        test_hang=f"""
            import asyncio, collections, itertools, signal, time
            import pytest

            def deaf():
                # An endless loop in C that looks at no signal: no Python code runs any more, and SIGTERM is blocked.
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
                collections.deque(itertools.repeat(0), maxlen=0)

            @pytest.fixture
            async def hangs():
                task = asyncio.create_task(asyncio.sleep(60), name="in the background")
                {setup}
                yield
                {teardown}
                task.cancel()

            async def test_hangs(hangs):
                print("before the hang")
                {call}

            async def test_after():
                pass
        """
    )
    run = suite.run("--isolated-loop", "--isolated-loop-timeout=0.5")
    where = stage.split()[0]
    assert run.result.ret == 1
    assert run.outcome_of("::test_hangs")[where] == "failed"
    assert run.outcome_of("::test_after")["call"] == "passed"
    text = run.text_of("::test_hangs")
    assert f"Timeout: {where} took longer than 0.5 s" in text
    assert stack in text
    # A worker that runs no Python cannot tell its tasks; its threads are told all the same.
    assert ("Task 'in the background'" in text) is (stage != "call deaf")
    assert ("(faulthandler)" in text) is (stage == "call deaf")
    if where == "call":
        assert "before the hang" in text


def test_the_limit_of_a_marker(suite: Suite) -> None:
    suite.write(
        test_hang="""
            import asyncio
            from isolated_async import isolated_loop

            @isolated_loop(timeout=0.3)
            async def test_own_limit():
                await asyncio.sleep(1.5)

            @isolated_loop
            async def test_no_limit():
                await asyncio.sleep(0.6)
        """
    )
    run = suite.run()
    assert run.outcomes == {"failed": 1, "passed": 1}
    assert "longer than 0.3 s" in run.text_of("::test_own_limit")
    assert suite.run("--isolated-loop-timeout=0").outcomes == {"passed": 2}


def test_every_limit_counts_for_each_stage(suite: Suite) -> None:
    suite.write(
        test_slow="""
            import asyncio, pytest

            @pytest.fixture
            async def slow():
                await asyncio.sleep(0.6)
                yield
                await asyncio.sleep(0.6)

            async def test_slow(slow):
                await asyncio.sleep(0.6)
        """
    )
    assert suite.run("--isolated-loop", "--isolated-loop-timeout=1.2").outcomes == {"passed": 1}


def test_pytest_exit_ends_the_session(any_suite: Suite) -> None:
    any_suite.write(
        test_exit="""
            import pytest

            @pytest.fixture
            def cleaned(request):
                yield
                open("cleaned", "w").close()

            async def test_exits(cleaned):
                pytest.exit("enough", returncode=7)

            async def test_never_runs():
                pass
        """
    )
    run = any_suite.run("--isolated-loop")
    assert run.result.ret == 7
    assert "Exit: enough" in run.stdout
    assert not any(each["nodeid"].endswith("test_never_runs") for each in run.reports)
    assert (any_suite.path / "cleaned").exists()


def test_keyboard_interrupt_in_a_test_ends_the_session(any_suite: Suite) -> None:
    any_suite.write(
        test_stop="""
            async def test_interrupts():
                raise KeyboardInterrupt

            async def test_never_runs():
                pass
        """
    )
    run = any_suite.run("--isolated-loop")
    assert run.result.ret == pytest.ExitCode.INTERRUPTED
    assert "raised by test_stop.py::test_interrupts at " in run.stdout
    assert "test_stop.py:2" in run.stdout
    assert not any(each["nodeid"].endswith("test_never_runs") for each in run.reports)


def test_a_session_stop_survives_a_teardown_that_fails(suite: Suite) -> None:
    suite.write(
        test_a="""
            import pytest

            @pytest.fixture
            def fails_late():
                yield
                pytest.fail("late")

            async def test_exits(fails_late):
                pytest.exit("enough", returncode=7)

            async def test_never_runs():
                pass
        """
    )
    run = suite.run("--isolated-loop")
    assert run.result.ret == 7
    assert "Exit: enough" in run.stdout


def test_too_few_descriptors_for_a_worker(suite: Suite) -> None:
    suite.write(
        test_a="""
            import os, resource
            import pytest

            def test_host_uses_them_up():
                highest = max(int(number) for number in os.listdir("/proc/self/fd"))
                resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 2, 4096))

            @pytest.mark.parametrize("number", range(3))
            async def test_isolated(number):
                pass
        """
    )
    run = suite.run("--isolated-loop")
    assert run.result.ret == 1
    assert "INTERNALERROR" not in run.stdout
    assert "no descriptors for a worker" in run.text_of("test_isolated[2]")


def test_a_teardown_that_cancels_every_task(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, unittest

            class Case(unittest.TestCase):
                async def asyncSetUp(self):
                    self.task = asyncio.create_task(asyncio.sleep(60))

                async def test_async(self):
                    pass

                def tearDown(self):
                    loop = asyncio.get_event_loop()
                    pending = asyncio.all_tasks(loop)
                    for task in pending:
                        task.cancel()
                    loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))

                async def asyncTearDown(self):
                    await asyncio.sleep(0)
                    open("finished", "w").close()
        """
    )
    run = suite.run("--isolated-loop", "--isolated-loop-timeout=10")
    assert run.outcomes == {"passed": 1}, run.stdout
    assert (suite.path / "finished").exists()
