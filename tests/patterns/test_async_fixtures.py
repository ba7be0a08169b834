"""Async fixtures, what they hold open around a test, and sync fixtures that run the loop."""

from __future__ import annotations

import pytest

from ..behaviour.conftest import Suite
from .pattern import AUTO, FALSE_GREEN, OWN_SCOPE, PASSED, PLAIN, Pattern, check, error, every, failed, teardown_error

_DIFFERENT = "attached to a different loop"

PATTERNS = (
    Pattern(
        "p18",
        "plain pytest.fixture on an async function, also autouse on a TestCase",
        """
        @pytest.fixture
        async def value():
            return asyncio.create_task(asyncio.sleep(0, "made"))

        @pytest.fixture
        async def generator(value):
            yield await value
            await asyncio.sleep(0)
            note("finalized")

        @pytest.fixture(params=["a", "b"])
        async def parametrised(request, generator):
            return generator + request.param

        def test_sync(generator):
            ran()
            assert generator == "made"

        def test_parametrised(parametrised):
            ran()
            assert parametrised in ("madea", "madeb")

        class Case(unittest.TestCase):
            @pytest.fixture(autouse=True)
            async def prepare(self):
                self.task = asyncio.create_task(asyncio.sleep(0, "made"))
                yield
                note("finalized")

            def test_sync(self):
                ran()
                self.assertEqual(asyncio.get_event_loop().run_until_complete(self.task), "made")

        class Grandchild(Case):
            @pytest.fixture(autouse=True)
            async def extend(self, prepare):
                self.extended = await self.task

            def test_sync(self):
                ran()
                self.assertEqual(self.extended, "made")
        """,
        in_process=every(
            "test_sync test_parametrised[a] test_parametrised[b] Case::test_sync Grandchild::test_sync",
            # Of a fixture that asks for two async ones, pytest says no more than "AssertionError".
            error(""),
        ),
        isolated=every(
            "test_sync test_parametrised[a] test_parametrised[b] Case::test_sync Grandchild::test_sync",
            PASSED.noting("finalized"),
        ),
    ),
    Pattern(
        "p18-loops",
        "an async fixture and an async test on different loops",
        """
        @pytest.fixture(scope="module")
        async def of_the_module():
            yield asyncio.get_running_loop()

        async def test_one_loop(of_the_module):
            ran()
            assert asyncio.get_running_loop() is of_the_module

        class TestMethods:
            @pytest.fixture(scope="class", autouse=True)
            @classmethod
            async def prepare(cls):
                cls.loop = asyncio.get_running_loop()

            async def test_method(self):
                ran()
                assert asyncio.get_running_loop() is self.loop

        class Case(unittest.TestCase):
            @pytest.fixture(autouse=True)
            async def prepare(self):
                self.loop = asyncio.get_running_loop()

            async def test_case(self):
                ran()
                assert asyncio.get_running_loop() is self.loop
        """,
        in_process={
            **every("test_one_loop TestMethods::test_method", failed("assert")),
            "Case::test_case": FALSE_GREEN,
        },
        isolated=every("test_one_loop TestMethods::test_method Case::test_case", PASSED),
        in_process_arguments=OWN_SCOPE,
    ),
    Pattern(
        "p20",
        "a sync fixture runs the loop, before the test or in the middle of it",
        """
        @pytest.fixture
        def task():
            async def start():
                return asyncio.create_task(asyncio.sleep(0.01, "made"))

            return asyncio.get_event_loop().run_until_complete(start())

        @pytest.fixture
        def finalized():
            yield
            asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
            note("finalized")

        async def test_before(task, finalized):
            ran()
            assert await task == "made"

        class TestMethods:
            @pytest.mark.usefixtures("finalized")
            async def test_method(self, task):
                ran()
                assert await task == "made"

        async def test_in_the_middle(request):
            ran()
            request.getfixturevalue("task")

        class TestHelper:
            @pytest.fixture
            def ask(self, request):
                return lambda: request.getfixturevalue("task")

            async def test_in_a_helper(self, ask):
                ran()
                ask()
        """,
        in_process={
            "test_before": failed(_DIFFERENT),
            "TestMethods::test_method": error("There is no current event loop"),
            **every(
                "test_in_the_middle TestHelper::test_in_a_helper",
                failed("This event loop is already running"),
            ),
        },
        isolated={
            **every("test_before TestMethods::test_method", PASSED.noting("finalized")),
            **every(
                "test_in_the_middle TestHelper::test_in_a_helper",
                failed("This event loop is already running"),
            ),
        },
        in_process_arguments=AUTO,
        isolated_arguments=PLAIN,
    ),
    Pattern(
        "p32",
        "a context variable set in an async fixture or in asyncSetUp, read in the test",
        """
        VARIABLE = contextvars.ContextVar("variable", default="unset")

        @pytest.fixture
        async def plain():
            VARIABLE.set("set")

        @pytest.fixture
        async def generator():
            token = VARIABLE.set("set")
            yield
            VARIABLE.reset(token)

        @pytest.fixture
        def sync(plain):
            assert VARIABLE.get() == "set"
            VARIABLE.set("set by sync code")

        async def test_plain(plain):
            ran()
            assert VARIABLE.get() == "set"

        async def test_generator(generator):
            ran()
            assert VARIABLE.get() == "set"

        async def test_sync(sync):
            ran()
            assert VARIABLE.get() == "set by sync code"

        class Isolated(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                VARIABLE.set("set")
                self.addAsyncCleanup(self.clean)

            async def clean(self):
                note(VARIABLE.get())

            async def test_case(self):
                ran()
                self.assertEqual(VARIABLE.get(), "set")
                VARIABLE.set("set by the test")

        @contextlib.asynccontextmanager
        async def opened():
            token = VARIABLE.set("opened")
            yield
            VARIABLE.reset(token)
            note(VARIABLE.get())

        if sys.version_info >= (3, 11):
            class Enters(unittest.IsolatedAsyncioTestCase):
                async def asyncSetUp(self):
                    await self.enterAsyncContext(opened())

                async def test_case(self):
                    ran()
                    self.assertEqual(VARIABLE.get(), "opened")
        """,
        in_process={
            **every("test_plain test_generator test_sync", PASSED),
            "Isolated::test_case": PASSED.noting("set by the test"),
            "Enters::test_case": PASSED.noting("unset").on(3, 11),
        },
        isolated={
            **every("test_plain test_generator test_sync", PASSED),
            "Isolated::test_case": PASSED.noting("set by the test"),
            "Enters::test_case": PASSED.noting("unset").on(3, 11),
        },
        in_process_arguments=AUTO,
    ),
    Pattern(
        "p32-plain-case",
        "a context variable set in the asyncSetUp of a plain TestCase",
        """
        VARIABLE = contextvars.ContextVar("variable", default="unset")

        class Plain(unittest.TestCase):
            async def asyncSetUp(self):
                VARIABLE.set("set")

            async def test_async(self):
                ran()
                self.assertEqual(VARIABLE.get(), "set")

            def test_sync(self):
                ran()
                self.assertEqual(VARIABLE.get(), "set")

            async def asyncTearDown(self):
                note(VARIABLE.get())
        """,
        in_process={"Plain::test_async": FALSE_GREEN, "Plain::test_sync": failed("'unset' != 'set'")},
        isolated=every("Plain::test_async Plain::test_sync", PASSED.noting("set")),
    ),
    Pattern(
        "p33",
        "a cancel scope held open by a fixture over the test",
        """
        import anyio

        @pytest.fixture
        async def group():
            async with anyio.create_task_group() as group:
                yield group
                group.cancel_scope.cancel()

        async def test_group(group):
            ran()
            started = anyio.Event()
            group.start_soon(started.wait)
            started.set()
            await asyncio.sleep(0)

        class TestMethods:
            @pytest.fixture(autouse=True)
            async def scope(self, group):
                self.group = group

            async def test_method(self):
                ran()
                self.group.start_soon(asyncio.sleep, 5)
        """,
        in_process={
            **every(
                "test_group TestMethods::test_method",
                teardown_error("Attempted to exit cancel scope in a different task"),
            ),
        },
        isolated=every("test_group TestMethods::test_method", PASSED),
        in_process_arguments=AUTO,
    ),
    Pattern(
        "p33-asyncio",
        "asyncio.timeout and a task group held open by a fixture over the test",
        """
        @pytest.fixture
        async def limited():
            async with asyncio.timeout(0.05):
                yield

        @pytest.fixture
        async def group():
            async with asyncio.TaskGroup() as group:
                yield group

        @pytest.fixture
        async def stack():
            async with contextlib.AsyncExitStack() as stack:
                yield stack
                note("closed")

        async def test_timeout_arrives(limited):
            ran()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.sleep(0.2)

        async def test_group(group):
            ran()
            group.create_task(asyncio.sleep(0.01))

        async def test_stack(stack):
            ran()
            with pytest.raises(asyncio.CancelledError):
                await stack.enter_async_context(asyncio.timeout(0.05))
                await asyncio.sleep(0.2)
        """,
        in_process={
            "test_timeout_arrives": failed("DID NOT RAISE"),
            "test_group": PASSED,
            "test_stack": PASSED.noting("closed"),
        },
        isolated={
            **every("test_timeout_arrives test_group", PASSED),
            "test_stack": PASSED.noting("closed"),
        },
        in_process_arguments=AUTO,
        since=(3, 11),
    ),
    Pattern(
        "p20-async",
        "a running test asks for an async fixture (test_value gets the coroutine itself today)",
        """
        @pytest.fixture
        async def value():
            await asyncio.sleep(0)
            return "made"

        @pytest.fixture
        async def generator():
            yield "made"

        async def test_value(request):
            ran()
            assert request.getfixturevalue("value") == "made"

        async def test_generator(request):
            ran()
            assert request.getfixturevalue("generator") == "made"
        """,
        in_process=every("test_value test_generator", failed("event loop")),
        isolated=every("test_value test_generator", failed("event loop is already running")),
        in_process_arguments=AUTO,
        isolated_arguments=PLAIN,
    ),
    Pattern(
        "p33-limit",
        "an anyio deadline held open by a fixture arrives in the test",
        """
        import anyio

        @pytest.fixture
        async def limited():
            with anyio.move_on_after(0.05) as scope:
                yield
            assert scope.cancel_called

        async def test_limit(limited):
            with pytest.raises(asyncio.CancelledError):
                await asyncio.sleep(5)
            ran()
        """,
        in_process={"test_limit": failed("DID NOT RAISE")},
        isolated={"test_limit": PASSED},
        in_process_arguments=AUTO,
    ),
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_pattern(suite: Suite, pattern: Pattern) -> None:
    check(suite, pattern)
