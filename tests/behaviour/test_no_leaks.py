"""What is no leak is quiet: the false alarms that a look at the end of a test could give."""

from __future__ import annotations

import pytest

from .conftest import Suite
from .drivers.driver import version_of
from .leaking import HEAD, NO_WARNINGS

#: Tests that leave nothing behind, though some of it needs a moment to end.
QUIET = (
    HEAD
    + """
async def closing(reader, writer):
    await reader.read()
    writer.close()

async def test_a_task_that_was_cancelled_and_not_awaited():
    kept.append(asyncio.create_task(serve()))
    await asyncio.sleep(0)
    kept[0].cancel()

async def test_a_task_that_ends_within_a_few_turns():
    async def soon():
        for _ in range(5):
            await asyncio.sleep(0)
    kept.append(asyncio.create_task(soon()))

async def test_a_loop_over_a_generator_that_breaks():
    async for _ in numbers():
        break

async def test_a_generator_that_only_the_collector_finds():
    cycle = [numbers()]
    cycle.append(cycle)
    async for _ in cycle[0]:
        break

async def test_the_executor_of_the_loop():
    await asyncio.to_thread(int)

async def test_a_connection_that_is_closed_and_not_awaited():
    server = await asyncio.start_server(closing, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    kept.append(writer)
    writer.close()
    server.close()

@pytest.mark.parametrize("terminate", [True, False])
async def test_a_subprocess_that_ends(terminate):
    kept.append(await asyncio.create_subprocess_exec(*(["sleep", "60"] if terminate else ["true"]), stdout=-1))
    if terminate:
        kept[0].terminate()

def test_processes_that_end():
    kept.append(subprocess.Popen(["sleep", "60"]))
    kept[0].terminate()
    kept.append(subprocess.Popen(["true"]))

async def test_pools_that_are_shut_down():
    kept.append(concurrent.futures.ThreadPoolExecutor())
    kept[0].submit(time.sleep, 0.02)
    kept[0].shutdown(wait=False)
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        pool.submit(int).result()

async def test_an_idle_pool():
    kept.append(concurrent.futures.ThreadPoolExecutor())

async def test_threads():
    threading.Thread(target=time.sleep, args=(0.02,)).start()
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()

async def test_a_loop_that_runs_in_a_daemon_thread():
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()
    asyncio.run_coroutine_threadsafe(asyncio.sleep(60), loop)

def test_loops_that_are_closed():
    asyncio.run(asyncio.to_thread(int))
    loop = asyncio.new_event_loop()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()

def test_the_servants_of_multiprocessing():
    for method in ("spawn", "forkserver"):
        process = multiprocessing.get_context(method).Process(target=int)
        process.start()
        process.join()

async def test_an_error_that_a_handler_of_the_suite_takes():
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    task = asyncio.create_task(fails())
    await asyncio.sleep(0)

async def test_an_error_that_is_looked_up_in_the_log(caplog):
    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    del task
    assert "never retrieved" in caplog.text

@pytest.mark.timeout(60, method="thread")
async def test_the_thread_of_pytest_timeout():
    pass

async def test_a_coroutine_whose_warning_is_expected():
    with pytest.warns(RuntimeWarning, match="coroutine 'fails' was never awaited"):
        fails()

@pytest.mark.filterwarnings("ignore:coroutine 'fails' was never awaited:RuntimeWarning")
async def test_a_coroutine_whose_warning_is_ignored():
    fails()

class Case(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.task = asyncio.create_task(serve())
        await asyncio.sleep(0)

    async def asyncTearDown(self):
        self.task.cancel()

    async def test_what_tear_down_cancels(self):
        await asyncio.to_thread(int)

    def test_what_assert_logs_sees(self):
        with self.assertLogs("asyncio", "ERROR"):
            asyncio.get_event_loop().call_exception_handler({"message": "expected"})

class Adopting(unittest.TestCase):
    def setUp(self):
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.task = self.loop.create_task(serve())

    def tearDown(self):
        self.task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    async def test_what_tear_down_ends(self):
        pass
"""
)


#: Before, pytest-asyncio closes its loop at once, over tasks that would have ended in a moment: those are lost.
lets_tasks_end = pytest.mark.skipif(
    version_of("pytest-asyncio") < (1, 1), reason="pytest-asyncio before 1.1 loses tasks"
)


@pytest.mark.parametrize("driver", ["-pno:asyncio", pytest.param("--asyncio-mode=auto", marks=lets_tasks_end)])
def test_what_is_no_leak_is_quiet(suite: Suite, driver: str) -> None:
    suite.write(test_a=QUIET)
    run = suite.run(
        "--isolated-loop-mode=all",
        "--isolated-loop-leaks=error",
        driver,
        "-pno:anyio",
        *NO_WARNINGS,
    )
    assert run.outcomes == {"passed": 23}, run.stdout


def test_what_tornado_anyio_and_trio_clean_up_is_no_leak(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            import anyio, anyio.to_thread
            import pytest, trio
            from hypothesis import given, strategies
            from tornado.testing import AsyncHTTPTestCase
            from tornado.web import Application

            @pytest.mark.anyio
            async def test_anyio():
                await anyio.to_thread.run_sync(int)
                async with anyio.create_task_group() as group:
                    group.start_soon(anyio.sleep, 0)

            def test_trio():
                trio.run(trio.to_thread.run_sync, int)

            @given(strategies.integers())
            def test_hypothesis(number):
                asyncio.run(asyncio.sleep(0))

            class Tornado(AsyncHTTPTestCase):
                def get_app(self):
                    return Application()

                def test_tornado(self):
                    assert self.fetch("/").code == 404
        """
    )
    run = suite.run("--isolated-loop-mode=all", "--isolated-loop-leaks=error", "-pno:asyncio", *NO_WARNINGS)
    assert run.outcomes == {"passed": 5}, run.stdout


def test_a_loop_that_the_suite_makes_for_the_case_is_no_leak(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            from isolated_async import isolated_loop

            def make():
                loop = asyncio.new_event_loop()
                return loop

            @isolated_loop(loop_factory=make)
            async def test_a():
                pass
        """
    )
    run = suite.run("--isolated-loop-leaks=error", "-pno:asyncio", *NO_WARNINGS)
    assert run.outcomes == {"passed": 1}, run.stdout


def test_a_test_that_records_warnings_finds_the_words_of_python(suite: Suite) -> None:
    suite.write(
        test_a="""
            import warnings
            import pytest

            async def forgotten():
                pass

            async def test_recorded():
                with warnings.catch_warnings(record=True) as log:
                    warnings.simplefilter("always")
                    forgotten()
                assert [str(entry.message) for entry in log] == ["coroutine 'forgotten' was never awaited"]

            async def test_expected():
                with pytest.warns(RuntimeWarning, match="^coroutine 'forgotten' was never awaited$"):
                    forgotten()
        """
    )
    assert suite.run("--isolated-loop", "--isolated-loop-leaks=error", "-pno:asyncio", *NO_WARNINGS).outcomes == {
        "passed": 2
    }
