"""Loops that are closed, unset, made at import or made by somebody else."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from ..behaviour.conftest import Suite
from .pattern import (
    AUTO,
    FALSE_GREEN,
    OWN_SCOPE,
    PASSED,
    PLAIN,
    Pattern,
    check,
    every,
    failed,
    teardown_error,
)

_NO_LOOP = "There is no current event loop"
_CLOSED = "Event loop is closed"
_DIFFERENT = "attached to a different loop"
_BOUND = "is bound to a different event loop"

PATTERNS = (
    Pattern(
        "p09",
        "tear-down runs the loop after the test closed or unset it",
        """
        pytestmark = pytest.mark.isolated_loop

        class TestMethods:
            def test_closes(self):
                ran()
                loop = asyncio.new_event_loop()
                asyncio.set_event_loop(loop)
                loop.close()

            def test_runs(self):
                ran()
                asyncio.run(asyncio.sleep(0))

            def teardown_method(self):
                asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))

        @pytest.fixture
        def runs_at_the_end():
            yield
            asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))

        def test_fixture(runs_at_the_end):
            ran()
            asyncio.run(asyncio.sleep(0))
        """,
        in_process={
            "TestMethods::test_closes": teardown_error(_CLOSED),
            **every("TestMethods::test_runs test_fixture", teardown_error(_NO_LOOP)),
        },
        isolated=every("TestMethods::test_closes TestMethods::test_runs test_fixture", PASSED),
    ),
    Pattern(
        "p11",
        "objects that belong to another loop",
        """
        async def waited_for():
            event = asyncio.Event()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(event.wait(), 0.01)
            return event

        async def future():
            return asyncio.get_running_loop().create_future()

        class TestMadeInSetUp:
            def setup_method(self):
                self.event = asyncio.run(waited_for())
                self.future = asyncio.run(future())

            async def test_event(self):
                ran()
                await asyncio.wait_for(self.event.wait(), 1)

            async def test_future(self):
                ran()
                await self.future

        class TestMadeInAGrandparent(TestMadeInSetUp):
            async def test_event(self):
                await super().test_event()

        @pytest.fixture
        def closed():
            loop = asyncio.new_event_loop()
            yield loop.create_task(asyncio.sleep(0))
            loop.close()

        async def test_task(closed):
            ran()
            await closed
        """,
        in_process={
            **every("TestMadeInSetUp::test_event TestMadeInAGrandparent::test_event", failed(_BOUND)),
            **every("TestMadeInSetUp::test_future TestMadeInAGrandparent::test_future test_task", failed(_DIFFERENT)),
        },
        isolated={
            **every("TestMadeInSetUp::test_event TestMadeInAGrandparent::test_event", failed(_BOUND)),
            **every("TestMadeInSetUp::test_future TestMadeInAGrandparent::test_future test_task", failed(_DIFFERENT)),
        },
        in_process_arguments=AUTO,
        isolated_arguments=PLAIN,
    ),
    Pattern(
        "p11b",
        "a future of a wider fixture, used in a test",
        """
        @pytest.fixture(scope="module")
        async def of_the_module():
            return asyncio.create_task(asyncio.sleep(0.05, "made"))

        @pytest.fixture(scope="session")
        async def of_the_session():
            task = asyncio.create_task(asyncio.sleep(0.05, "made"))
            yield task
            assert task.done()

        @pytest.fixture(scope="class")
        async def of_the_class(of_the_module):
            return of_the_module

        async def test_module(of_the_module):
            ran()
            assert await of_the_module == "made"

        async def test_session(of_the_session):
            ran()
            assert await of_the_session == "made"

        class TestClass:
            @pytest.mark.parametrize("number", [1, 2])
            async def test_class(self, of_the_class, number):
                ran()
                assert await of_the_class == "made"
        """,
        in_process=every(
            "test_module test_session TestClass::test_class[1] TestClass::test_class[2]", failed("RuntimeError: ")
        ),
        isolated=every("test_module test_session TestClass::test_class[1] TestClass::test_class[2]", PASSED),
        in_process_arguments=OWN_SCOPE,
    ),
    Pattern(
        "p13",
        "one test leaves no loop or a closed one, the next needs one",
        """
        pytestmark = pytest.mark.isolated_loop

        def run():
            asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))

        def test_a_runs():
            ran()
            asyncio.run(asyncio.sleep(0))

        def test_b_needs_one():
            ran()
            run()

        class TestClosed:
            def test_a_closes(self):
                ran()
                loop = asyncio.new_event_loop()
                asyncio.set_event_loop(loop)
                loop.close()

            def test_b_needs_one(self):
                ran()
                run()

        class IsolatedFirst(unittest.IsolatedAsyncioTestCase):
            async def test_leaves_none(self):
                ran()

        class NeedsOne(unittest.TestCase):
            def setUp(self):
                run()

            def test_needs_one(self):
                ran()
        """,
        in_process={
            **every("test_a_runs TestClosed::test_a_closes IsolatedFirst::test_leaves_none", PASSED),
            "test_b_needs_one": failed(_NO_LOOP),
            "TestClosed::test_b_needs_one": failed(_CLOSED),
            "NeedsOne::test_needs_one": failed(_NO_LOOP),
        },
        isolated=every(
            "test_a_runs test_b_needs_one TestClosed::test_a_closes TestClosed::test_b_needs_one "
            "IsolatedFirst::test_leaves_none NeedsOne::test_needs_one",
            PASSED,
        ),
    ),
    Pattern(
        "p14",
        "get_event_loop where none was ever set",
        """
        pytestmark = pytest.mark.isolated_loop

        class TestSetupClass:
            @classmethod
            def setup_class(cls):
                cls.loop = asyncio.get_event_loop()

            def test_runs(self):
                ran()
                self.loop.run_until_complete(asyncio.sleep(0))

        class SetUp(unittest.TestCase):
            def setUp(self):
                self.loop = asyncio.get_event_loop()

            def test_runs(self):
                ran()
                self.assertIs(asyncio.get_event_loop_policy().get_event_loop(), self.loop)

        @pytest.fixture(scope="session")
        def loop():
            return asyncio.get_event_loop()

        def test_fixture(loop):
            ran()
            loop.run_until_complete(asyncio.sleep(0))
        """,
        in_process={
            "TestSetupClass::test_runs": replace(
                PASSED, says="DeprecationWarning: There is no current event loop" if sys.version_info >= (3, 12) else ""
            ),
            **every("SetUp::test_runs test_fixture", PASSED),
        },
        isolated=every("TestSetupClass::test_runs SetUp::test_runs test_fixture", PASSED),
    ),
    Pattern(
        "p21",
        "a class hook makes a loop and a server, the tests connect",
        """
        async def answer(reader, writer):
            writer.write(await reader.readline())
            await writer.drain()
            writer.close()

        class Server:
            @classmethod
            def start(cls):
                cls.loop = asyncio.new_event_loop()
                asyncio.set_event_loop(cls.loop)
                cls.server = cls.loop.run_until_complete(asyncio.start_server(answer, "127.0.0.1", 0))

            @classmethod
            def stop(cls):
                cls.server.close()
                cls.loop.run_until_complete(cls.server.wait_closed())
                cls.loop.close()

            async def ask(self):
                ran()
                reader, writer = await asyncio.open_connection(*self.server.sockets[0].getsockname())
                writer.write(b"hello\\n")
                assert await asyncio.wait_for(reader.readline(), 0.5) == b"hello\\n"
                writer.close()
                await writer.wait_closed()

        class TestSetupClass(Server):
            @classmethod
            def setup_class(cls):
                cls.start()

            async def test_connects(self):
                await self.ask()

            @classmethod
            def teardown_class(cls):
                cls.stop()

        class TestFixture(Server):
            @pytest.fixture(scope="class", autouse=True)
            @classmethod
            def served(cls):
                cls.start()
                yield
                cls.stop()

            async def test_connects(self):
                await self.ask()

        class SetUpClass(Server, unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                super().setUpClass()
                cls.start()

            async def test_connects(self):
                await self.ask()

            @classmethod
            def tearDownClass(cls):
                cls.stop()

        class Grandchild(SetUpClass):
            async def test_connects(self):
                await super().test_connects()
        """,
        in_process={
            **every("TestSetupClass::test_connects TestFixture::test_connects", failed("TimeoutError")),
            **every("SetUpClass::test_connects Grandchild::test_connects", FALSE_GREEN),
        },
        isolated=every(
            "TestSetupClass::test_connects TestFixture::test_connects SetUpClass::test_connects "
            "Grandchild::test_connects",
            PASSED,
        ),
        in_process_arguments=AUTO,
    ),
    Pattern(
        "p09-testcase",
        "tearDown of a TestCase runs the loop after the test closed or unset it",
        """
        pytestmark = pytest.mark.isolated_loop

        class RunsAtTheEnd(unittest.TestCase):
            def setUp(self):
                asyncio.set_event_loop(asyncio.new_event_loop())

            def tearDown(self):
                asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))

        class Closed(RunsAtTheEnd):
            def test_closes(self):
                ran()
                asyncio.get_event_loop().close()

        class Unset(RunsAtTheEnd):
            def test_runs(self):
                ran()
                asyncio.get_event_loop().close()
                asyncio.run(asyncio.sleep(0))

        class AfterSetUp(RunsAtTheEnd):
            def setUp(self):
                asyncio.run(asyncio.sleep(0))

            def test_runs(self):
                ran()
                asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))

        class InACleanup(unittest.TestCase):
            def setUp(self):
                self.addCleanup(self.clean)

            def clean(self):
                asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))

            def test_runs(self):
                ran()
                asyncio.run(asyncio.sleep(0))
        """,
        in_process={
            "Closed::test_closes": failed(_CLOSED),
            **every("Unset::test_runs AfterSetUp::test_runs InACleanup::test_runs", failed(_NO_LOOP)),
        },
        isolated=every("Closed::test_closes Unset::test_runs AfterSetUp::test_runs InACleanup::test_runs", PASSED),
    ),
    Pattern(
        "p21-isolated-case",
        "setUpClass makes a loop and a server for an IsolatedAsyncioTestCase",
        """
        class SetUpClass(unittest.IsolatedAsyncioTestCase):
            @classmethod
            def setUpClass(cls):
                cls.loop = asyncio.new_event_loop()
                asyncio.set_event_loop(cls.loop)
                cls.task = cls.loop.create_task(asyncio.sleep(0.01, "served"))

            async def test_uses(self):
                ran()
                self.assertEqual(await self.task, "served")

            @classmethod
            def tearDownClass(cls):
                cls.loop.close()
        """,
        in_process={"SetUpClass::test_uses": failed(_DIFFERENT)},
        isolated={"SetUpClass::test_uses": PASSED},
    ),
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_pattern(suite: Suite, pattern: Pattern) -> None:
    check(suite, pattern)
