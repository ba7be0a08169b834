"""The built-in runner: async tests and fixtures without any async plugin, on the one loop of the case.

Each of these suites is run in process first where it breaks or lies there: isolation is what makes the difference.
"""

from __future__ import annotations

from .conftest import Suite

NO_PLUGIN = ("-p", "no:asyncio", "-p", "no:anyio", "-o", "addopts=", "-W", "ignore::pytest.PytestConfigWarning")


def test_async_tests_and_fixtures(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import asyncio, contextvars
            import pytest

            order = []
            current = contextvars.ContextVar("current", default="unset")

            @pytest.fixture(scope="module")
            async def of_the_module():
                yield asyncio.get_running_loop()
                assert order[-1] == "function torn down"

            @pytest.fixture
            async def resource(of_the_module):
                assert of_the_module is asyncio.get_running_loop()
                current.set("from the fixture")
                event = asyncio.Event()
                task = asyncio.create_task(event.wait())
                yield event, task, asyncio.current_task()
                assert task.done()
                order.append("function torn down")

            @pytest.fixture
            def sync_fixture(resource):
                # Sync code runs with the loop of the case current, and idle.
                asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
                return current.get()

            async def test_one_loop_one_task_one_context(resource, sync_fixture):
                event, task, fixture_task = resource
                assert asyncio.current_task() is fixture_task
                assert sync_fixture == current.get() == "from the fixture"
                event.set()
                await task

            def test_sync_test_with_async_fixture(resource):
                event, task, _ = resource
                event.set()
                asyncio.get_event_loop().run_until_complete(task)

            class TestMethods:
                @pytest.fixture
                async def of_the_class(self):
                    self.made = 1

                async def setup_method(self):
                    self.prepared = asyncio.get_running_loop()

                async def test_method(self, of_the_class):
                    assert self.made == 1
                    assert self.prepared is asyncio.get_running_loop()

                @staticmethod
                async def test_static():
                    await asyncio.sleep(0)
        """
    )
    run = any_suite.run("--isolated-loop", *NO_PLUGIN)
    assert run.outcomes == {"passed": 4}, run.stdout
    assert run.result.ret == 0


def test_failures_fail(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import functools, unittest
            import pytest

            async def test_false():
                assert False, "body ran"

            @pytest.fixture
            async def late():
                yield
                raise RuntimeError("fixture finalizer ran")

            async def test_error_at_teardown(late):
                pass

            @pytest.fixture
            async def twice():
                yield 1
                yield 2

            async def test_yields_twice(twice):
                pass

            async def test_generator():
                yield
                raise AssertionError

            class Plain(unittest.TestCase):
                async def test_async(self):
                    self.fail("body ran")

                def test_ok(self):
                    pass

                @functools.wraps(test_async)
                def test_wrapped(self):
                    return Plain.test_async(self)

            class FailingTearDown(unittest.TestCase):
                async def tearDown(self):
                    raise RuntimeError("tearDown ran")

                async def test_async(self):
                    pass

            class FailingSetUp(unittest.TestCase):
                async def setUp(self):
                    raise RuntimeError("setUp ran")

                def test_sync(self):
                    raise AssertionError("not reached")
        """
    )
    run = any_suite.run("--isolated-loop", *NO_PLUGIN)
    assert run.outcome_of("::test_false")["call"] == "failed"
    assert "body ran" in run.text_of("::test_false")
    assert run.outcome_of("::test_error_at_teardown") == {"setup": "passed", "call": "passed", "teardown": "failed"}
    assert "yielded more than once" in run.text_of("::test_yields_twice")
    # Pytest before 8.4 skips a test that it cannot run.
    assert run.outcome_of("::test_generator")["call"] in ("failed", "skipped")
    for name in ("Plain::test_async", "Plain::test_wrapped"):
        assert "body ran" in run.text_of(name)
        assert run.outcome_of(name)["call"] == "failed"
    assert run.outcome_of("Plain::test_ok")["call"] == "passed"
    assert "tearDown ran" in run.text_of("FailingTearDown::test_async")
    assert run.outcome_of("FailingTearDown::test_async")["call"] == "failed"
    assert "setUp ran" in run.text_of("FailingSetUp::test_sync")
    assert "not reached" not in run.text_of("FailingSetUp::test_sync")


ASYNC_SET_UP = """
    import asyncio, unittest

    class Base(unittest.TestCase):
        def setUp(self):
            asyncio.get_event_loop().run_until_complete(self.asyncSetUp())

        async def asyncSetUp(self):
            self.calls = getattr(self, "calls", 0) + 1

    class Calls(Base):
        # The base class's sync setUp runs the loop that runs this coroutine.
        async def asyncSetUp(self):
            await super().asyncSetUp()
            super().setUp()
            self.queue = asyncio.Queue()

        async def test_async(self):
            self.queue.put_nowait(1)
            self.assertEqual(await self.queue.get(), 1)
            self.assertEqual(self.calls, 1)

        def test_sync(self):
            self.assertEqual(self.calls, 1)
"""


def test_async_set_up_that_calls_the_sync_one(any_suite: Suite) -> None:
    any_suite.write(test_a=ASYNC_SET_UP)
    in_process = any_suite.run_in_process("-W", "ignore")
    assert "This event loop is already running" in in_process.stdout
    run = any_suite.run("--isolated-loop", "-W", "error")
    assert run.outcomes == {"passed": 2}, run.stdout


def test_async_set_up_is_awaited_if_nobody_asks(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import unittest

            class Case(unittest.TestCase):
                async def asyncSetUp(self):
                    self.ready = True

                async def test_async(self):
                    self.assertTrue(self.ready)

                def test_sync(self):
                    self.assertTrue(self.ready)
        """
    )
    assert any_suite.run("--isolated-loop").outcomes == {"passed": 2}


def test_the_loop_that_set_up_installs_is_adopted(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import asyncio, unittest

            class Case(unittest.TestCase):
                def setUp(self):
                    self.loop = asyncio.new_event_loop()
                    asyncio.set_event_loop(self.loop)
                    self.future = self.loop.create_future()
                    self.loop.call_later(0.01, self.future.set_result, 5)

                async def test_async(self):
                    self.assertIs(asyncio.get_running_loop(), self.loop)
                    self.assertEqual(await self.future, 5)

                def tearDown(self):
                    self.loop.close()
        """
    )
    assert any_suite.run("--isolated-loop").outcomes == {"passed": 1}


def test_a_deadline_opened_in_a_fixture_reaches_the_test(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, time
            import pytest

            @pytest.fixture
            async def deadline():
                task = asyncio.current_task()
                handle = asyncio.get_running_loop().call_later(0.05, task.cancel)
                yield
                handle.cancel()

            @pytest.fixture
            def slow(deadline):
                time.sleep(0.1)

            async def test_arrives_while_it_runs(deadline):
                with pytest.raises(asyncio.CancelledError):
                    await asyncio.sleep(5)

            async def test_arrived_before_it_ran(slow):
                with pytest.raises(asyncio.CancelledError):
                    await asyncio.sleep(5)
        """
    )
    assert suite.run("--isolated-loop", *NO_PLUGIN).outcomes == {"passed": 2}


def test_isolated_asyncio_test_case_keeps_its_own_runner(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import asyncio, unittest

            class Case(unittest.IsolatedAsyncioTestCase):
                calls = 0

                def setUp(self):
                    self.loop = asyncio.get_event_loop()

                async def asyncSetUp(self):
                    type(self).calls += 1
                    self.addAsyncCleanup(asyncio.sleep, 0)

                async def test_async(self):
                    self.assertEqual(self.calls, 1)
                    self.assertIs(asyncio.get_running_loop(), self.loop)

                async def test_fails(self):
                    self.fail("body ran")
        """
    )
    run = any_suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 1, "failed": 1}
    assert "body ran" in run.text_of("test_fails")


def test_hooks_of_a_test_case_may_all_be_async(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import asyncio, unittest

            log = []

            async def setUpModule():
                log.append("module")

            class Case(unittest.TestCase):
                @classmethod
                async def setUpClass(cls):
                    await asyncio.sleep(0)
                    log.append("class")
                    cls.addClassCleanup(print, "class cleaned")

                async def setup_method(self, method):
                    log.append("method")

                async def setUp(self):
                    log.append("setUp")
                    self.addCleanup(self.clean)

                async def asyncSetUp(self):
                    log.append("asyncSetUp")

                async def test_async(self):
                    self.assertEqual(log, ["module", "class", "method", "setUp", "asyncSetUp"])
                    log.clear()

                async def tearDown(self):
                    log.append("tearDown")

                async def asyncTearDown(self):
                    log.append("asyncTearDown")

                async def clean(self):
                    log.append("cleanup")

                async def teardown_method(self, method):
                    log.append("teardown_method")

                @classmethod
                async def tearDownClass(cls):
                    assert log == ["tearDown", "asyncTearDown", "cleanup", "teardown_method"], log
                    open("all", "w").close()
        """
    )
    run = any_suite.run("--isolated-loop", "-W", "error")
    assert run.outcomes == {"passed": 1}, run.stdout
    assert (any_suite.path / "all").exists()


def test_a_failing_async_hook_fails(any_suite: Suite) -> None:
    hooks = ("setUpClass", "setUp", "asyncSetUp", "tearDown", "asyncTearDown", "tearDownClass")
    any_suite.write(
        test_a="import unittest\n\n"
        + "".join(
            f"class Case_{hook}(unittest.TestCase):\n"
            + ("    @classmethod\n" if "Class" in hook else "")
            + f"    async def {hook}(self):\n        raise RuntimeError('{hook} ran')\n\n"
            + "    async def test_async(self):\n        pass\n\n"
            for hook in hooks
        )
    )
    in_process = any_suite.run_in_process("-W", "ignore")
    assert in_process.outcomes == {"passed": 6}
    run = any_suite.run("--isolated-loop")
    for hook in hooks:
        assert f"{hook} ran" in run.text_of(f"Case_{hook}::test_async")
        assert "failed" in run.outcome_of(f"Case_{hook}::test_async").values()


def test_a_closed_loop_does_not_reach_the_next_hook(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import asyncio, unittest

            class Case(unittest.TestCase):
                async def asyncSetUp(self):
                    self.addCleanup(self.finish, "cleanup")

                def test_closes_it(self):
                    asyncio.get_event_loop().close()

                def test_runs_another(self):
                    asyncio.run(asyncio.sleep(0))

                def tearDown(self):
                    self.finish("tearDown")
                    asyncio.get_event_loop().close()

                def finish(self, where):
                    asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
                    open(where, "w").close()
        """
    )
    assert any_suite.run_in_process("-W", "ignore").result.ret == 1
    assert any_suite.run("--isolated-loop", "-W", "error").outcomes == {"passed": 2}
    assert (any_suite.path / "cleanup").exists()


def test_sync_tests_of_a_class_with_async_hooks(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            class TestClass:
                @classmethod
                async def setup_class(cls):
                    cls.shared = 1

                async def setup_method(self):
                    self.ready = 2

                def test_sync(self):
                    assert (self.shared, self.ready) == (1, 2)
        """
    )
    assert any_suite.run("--isolated-loop").outcomes == {"passed": 1}


def test_async_hooks_that_nothing_calls(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import pytest

            class TestPlain:
                async def asyncSetUp(self):
                    pass

                async def asyncTearDown(self):
                    raise RuntimeError("nobody hears of it")

                async def test_a(self):
                    pass

            class TestCallsIt(TestPlain):
                @pytest.fixture(autouse=True)
                async def ready(self):
                    await self.asyncSetUp()
        """
    )
    run = any_suite.run(
        "--isolated-loop", "-W", "error", "-p", "no:asyncio", "-W", "ignore::pytest.PytestConfigWarning"
    )
    assert run.outcomes == {"passed": 2, "warnings": 3}, run.stdout
    assert run.stdout.count("nothing calls TestPlain.asyncSetUp: only unittest.TestCase knows asyncSetUp") == 1
    assert run.stdout.count("nothing calls TestPlain.asyncTearDown: only unittest.TestCase knows asyncTearDown") == 1
