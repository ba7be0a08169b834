"""On which loop an ``unittest.IsolatedAsyncioTestCase`` runs: its factory's, that of its class hooks, a new one."""

from __future__ import annotations

import sys

import pytest

from ...patterns.pattern import PASSED, every, failed
from ..conftest import Suite
from .driver import BUILT_IN, check_driver, check_mended

FACTORIES = """
    import uvloop
    from unittest import IsolatedAsyncioTestCase

    def make():
        loop = asyncio.SelectorEventLoop()
        loop.is_chosen = True
        return loop

    class TestStatic(IsolatedAsyncioTestCase):
        loop_factory = staticmethod(make)

        async def test_kind(self):
            assert asyncio.get_running_loop().is_chosen
            assert asyncio.get_running_loop().get_debug()
            ran()

        async def test_fails(self):
            ran()
            assert not asyncio.get_running_loop().is_chosen

    class TestInherited(TestStatic):
        pass

    class TestClass(IsolatedAsyncioTestCase):
        loop_factory = asyncio.EventLoop

        async def test_kind(self):
            assert type(asyncio.get_running_loop()) is asyncio.EventLoop
            ran()

    class TestUvloop(IsolatedAsyncioTestCase):
        loop_factory = staticmethod(uvloop.new_event_loop)

        async def test_kind(self):
            assert type(asyncio.get_running_loop()) is uvloop.Loop
            ran()

    class TestForgotStaticmethod(IsolatedAsyncioTestCase):
        loop_factory = uvloop.new_event_loop

        async def test_kind(self):
            ran()

    class TestMethod(IsolatedAsyncioTestCase):
        def loop_factory(self):
            self.by_method = make()
            return self.by_method

        async def test_kind(self):
            assert asyncio.get_running_loop() is self.by_method
            ran()

    class Mixin:
        loop_factory = asyncio.SelectorEventLoop

    class TestMixinFirst(Mixin, TestUvloop):
        async def test_kind(self):
            assert type(asyncio.get_running_loop()) is asyncio.SelectorEventLoop
            ran()

    class TestMixinLast(TestUvloop, Mixin):
        pass

    class TestSwitchedOff(TestUvloop):
        loop_factory = None

        async def test_kind(self):
            assert type(asyncio.get_running_loop()) is not uvloop.Loop
            ran()

    class TestFactoryFails(IsolatedAsyncioTestCase):
        def loop_factory():
            raise ZeroDivisionError("in the factory")

        loop_factory = staticmethod(loop_factory)

        async def test_not_reached(self):
            ran()

    class TestFactoryMakesNoLoop(IsolatedAsyncioTestCase):
        loop_factory = staticmethod(lambda: 5)

        async def test_not_reached(self):
            ran()
"""
needs_loop_factory = pytest.mark.skipif(sys.version_info < (3, 13), reason="unittest has loop_factory since 3.13")


@needs_loop_factory
def test_loop_factories(suite: Suite) -> None:
    kinds = "Static Inherited Class Uvloop Method MixinFirst MixinLast SwitchedOff"
    check_driver(
        suite,
        FACTORIES,
        {
            **every(" ".join(f"Test{kind}::test_kind" for kind in kinds.split()), PASSED),
            **every("TestStatic::test_fails TestInherited::test_fails", failed("is_chosen")),
            "TestForgotStaticmethod::test_kind": failed("takes 0 positional arguments but 1 was given"),
            "TestFactoryFails::test_not_reached": failed("in the factory"),
            "TestFactoryMakesNoLoop::test_not_reached": failed("'int' object has no attribute 'set_debug'"),
        },
        *BUILT_IN,
    )


@needs_loop_factory
def test_set_up_shares_the_loop_of_the_factory(suite: Suite) -> None:
    """In process, setUp and setUpClass find another loop than the one that the factory makes."""
    check_mended(
        suite,
        """
            import uvloop

            class TestUvloop(unittest.IsolatedAsyncioTestCase):
                loop_factory = staticmethod(uvloop.new_event_loop)

                @classmethod
                def setUpClass(cls):
                    cls.loop = asyncio.get_event_loop_policy().get_event_loop()

                def setUp(self):
                    self.future = self.loop.create_future()
                    self.loop.run_until_complete(asyncio.sleep(0))

                async def test_shared(self):
                    ran()
                    self.loop.call_soon(self.future.set_result, 1)
                    self.assertEqual(await self.future, 1)

                async def test_fails(self):
                    ran()
                    self.assertIsNot(asyncio.get_running_loop(), self.loop)
        """,
        {"TestUvloop::test_shared": PASSED, "TestUvloop::test_fails": failed("unexpectedly identical")},
        *BUILT_IN,
    )


def test_servers_of_class_and_module(suite: Suite) -> None:
    """In process the loop that they were made on is gone when the test runs."""
    check_mended(
        suite,
        """
            async def echo(reader, writer):
                writer.write(await reader.readline())
                writer.close()

            async def ask(server):
                reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
                writer.write(b"hello" + bytes([10]))
                answer = await asyncio.wait_for(reader.readline(), 1)
                writer.close()
                return answer.strip()

            def serve():
                loop = asyncio.get_event_loop_policy().get_event_loop()
                return loop.run_until_complete(asyncio.start_server(echo, "127.0.0.1", 0))

            def setUpModule():
                global of_the_module
                of_the_module = serve()

            def tearDownModule():
                loop = of_the_module.get_loop()
                of_the_module.close()
                loop.run_until_complete(asyncio.sleep(0))

            class TestCase(unittest.IsolatedAsyncioTestCase):
                @classmethod
                def setUpClass(cls):
                    cls.server = serve()

                @classmethod
                def tearDownClass(cls):
                    cls.server.close()

                async def test_both(self):
                    ran()
                    assert await ask(of_the_module) == await ask(self.server) == b"hello"

                async def test_fails(self):
                    ran()
                    assert await ask(self.server) == b"other", "assert in the body"

            class TestOwnLoop(unittest.IsolatedAsyncioTestCase):
                @classmethod
                def setUpClass(cls):
                    cls.loop = asyncio.new_event_loop()
                    asyncio.set_event_loop(cls.loop)
                    cls.server = serve()

                @classmethod
                def tearDownClass(cls):
                    cls.server.close()
                    cls.loop.run_until_complete(asyncio.sleep(0))
                    cls.loop.close()

                async def test_adopted(self):
                    ran()
                    assert asyncio.get_running_loop() is self.loop
                    assert await ask(self.server) == b"hello"
        """,
        {
            **every("TestCase::test_both TestOwnLoop::test_adopted", PASSED),
            "TestCase::test_fails": failed("assert in the body"),
        },
        *BUILT_IN,
    )


def test_a_closed_loop_does_not_reach_the_next_hook(suite: Suite) -> None:
    check_mended(
        suite,
        """
            class TestCase(unittest.IsolatedAsyncioTestCase):
                async def asyncSetUp(self):
                    self.addAsyncCleanup(self.clean)

                def test_closes_it(self):
                    ran()
                    asyncio.get_event_loop().close()

                async def asyncTearDown(self):
                    await asyncio.sleep(0)
                    note("torn down")

                async def clean(self):
                    await asyncio.sleep(0)
                    note("cleaned")
        """,
        {"TestCase::test_closes_it": PASSED.noting("torn down", "cleaned")},
        *BUILT_IN,
    )


def test_a_run_that_leaves_no_loop_current_does_not_reach_the_next_hook(suite: Suite) -> None:
    check_mended(
        suite,
        """
            class TestCase(unittest.IsolatedAsyncioTestCase):
                def setUp(self):
                    asyncio.run(asyncio.sleep(0))

                def test_unsets_it(self):
                    asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
                    ran()
                    asyncio.set_event_loop(None)

                def tearDown(self):
                    asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
                    note("torn down")
        """,
        {"TestCase::test_unsets_it": PASSED.noting("torn down")},
        *BUILT_IN,
    )
