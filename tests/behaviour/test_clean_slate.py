"""What the worker knows about one test does not reach the next one of its group, nor another attempt at it."""

from __future__ import annotations

import pytest

from .conftest import Suite

#: A conftest that runs every test twice, as plugins that rerun tests do: with all stages, in one worker.
TWICE = """
    from _pytest.runner import runtestprotocol

    def pytest_runtest_protocol(item, nextitem):
        for _ in range(2):
            runtestprotocol(item, nextitem=nextitem)
        return True
"""

DEADLINE = """
    import asyncio
    import pytest
    from isolated_async import isolated_loop

    @pytest.fixture
    async def cancelled_while_idle():
        # What a deadline that a fixture holds open does, when its time is up between the parts of a test.
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(0.01, task.cancel)
        yield

    @pytest.fixture
    def idle(cancelled_while_idle):
        asyncio.get_event_loop().run_until_complete(asyncio.sleep(0.1))
"""

IN_A_GROUP = """
    @isolated_loop(scope="module")
    @pytest.mark.parametrize("number", range(2))
    async def test_it(idle, number):
        await asyncio.sleep(0)
"""


def test_a_deadline_arrives_in_every_test_of_a_group(suite: Suite) -> None:
    suite.write(test_a=DEADLINE + IN_A_GROUP)
    assert suite.run().outcomes == {"failed": 2}


def test_a_deadline_arrives_in_every_attempt(suite: Suite) -> None:
    suite.write(test_a=DEADLINE + IN_A_GROUP.replace("range(2)", "[1]"), conftest=TWICE)
    assert suite.run().outcomes == {"failed": 2}


def test_every_test_of_a_group_may_look_at_what_is_logged(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            import pytest
            from isolated_async import isolated_loop

            @isolated_loop(scope="module", leaks="error")
            @pytest.mark.parametrize("number", range(3))
            async def test_log(caplog, number):
                asyncio.get_running_loop().call_soon(lambda: 1 / 0)
                await asyncio.sleep(0)
                assert "ZeroDivisionError" in caplog.text
        """
    )
    assert suite.run().outcomes == {"passed": 3}


def test_nested_runs_are_allowed_where_a_test_says_so(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            from isolated_async import isolated_loop

            @isolated_loop(scope="class")
            class TestGroup:
                @isolated_loop(nested="allow")
                async def test_allowed(self):
                    asyncio.run(asyncio.sleep(0))
                    asyncio.get_running_loop().run_until_complete(asyncio.sleep(0))

                async def test_runner(self):
                    asyncio.run(asyncio.sleep(0))

                async def test_loop(self):
                    asyncio.get_running_loop().run_until_complete(asyncio.sleep(0))

                @isolated_loop(nested="allow")
                async def test_allowed_again(self):
                    asyncio.run(asyncio.sleep(0))
        """
    )
    run = suite.run()
    assert run.outcomes == {"passed": 2, "failed": 2}
    assert "asyncio does not nest loops" in run.text_of("test_loop")


def test_what_an_earlier_test_of_a_group_never_awaited_is_an_error(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            import pytest
            from isolated_async import isolated_loop

            pytestmark = isolated_loop(scope="module")

            async def forgotten():
                pass

            @pytest.mark.filterwarnings("ignore:coroutine 'sleep'")
            @isolated_loop(leaks="error")
            async def test_one():
                forgotten()
                asyncio.sleep(0)

            async def test_expects_it():
                with pytest.warns(RuntimeWarning, match="never awaited"):
                    asyncio.sleep(1)

            async def test_last():
                pass
        """
    )
    run = suite.run()
    assert run.outcomes.items() >= {"passed": 3, "errors": 1}.items()
    assert "'forgotten' was never awaited, made at" in run.text_of("test_last")
    assert "sleep" not in run.text_of("test_last")


def test_a_leak_of_one_attempt_is_not_charged_to_the_next(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            from isolated_async import isolated_loop

            attempts = []

            @isolated_loop(leaks="error")
            async def test_it():
                attempts.append(1)
                if len(attempts) == 1:
                    attempts.append(asyncio.create_task(asyncio.sleep(60)))
        """,
        conftest=TWICE,
    )
    assert suite.run().outcomes == {"passed": 2, "errors": 1}


#: What lives on when the loops of its attempt are closed.
LIVES_ON = {
    "thread": "(thread := threading.Thread(target=threading.Event().wait)).start() or thread",
    "process": "subprocess.Popen(['sleep', '60'])",
    "pool": "(pool := concurrent.futures.ThreadPoolExecutor()).submit(int).result() or pool",
    "loop": "asyncio.new_event_loop()",
    "server": "await asyncio.start_server(print, '127.0.0.1', 0)",
    "subprocess": "await asyncio.create_subprocess_exec('sleep', '60')",
}


@pytest.mark.parametrize("what", LIVES_ON)
def test_what_lives_on_is_charged_once(suite: Suite, what: str) -> None:
    suite.write(
        test_a=f"""
            import asyncio, concurrent.futures, subprocess, threading
            from isolated_async import isolated_loop

            kept = []

            @isolated_loop(leaks="error")
            async def test_it():
                if not kept:
                    kept.append({LIVES_ON[what]})
        """,
        conftest=TWICE,
    )
    assert suite.run().outcomes == {"passed": 2, "errors": 1}


def test_each_attempt_is_charged_with_its_own(suite: Suite) -> None:
    suite.write(
        test_a="""
            import threading
            from isolated_async import isolated_loop

            @isolated_loop(leaks="error")
            def test_it():
                threading.Thread(target=threading.Event().wait).start()
        """,
        conftest=TWICE,
    )
    run = suite.run()
    assert run.outcomes == {"passed": 2, "errors": 2}
    assert run.text_of("test_it").count("running thread 'Thread-") == 2
