"""tornado's AsyncTestCase and AsyncHTTPTestCase, with its generator tests and with ``async def``."""

from __future__ import annotations

from ...patterns.pattern import PASSED, every, failed
from ..conftest import Suite
from .driver import BUILT_IN, check_driver

SOURCE = """
    from tornado import gen, web
    from tornado.httpclient import AsyncHTTPClient
    from tornado.testing import AsyncHTTPTestCase, AsyncTestCase, gen_test

    class TestGenTest(AsyncTestCase):
        def setUp(self):
            super().setUp()
            self.made = asyncio.Queue()
            self.io_loop.run_sync(self.fill)

        async def fill(self):
            await self.made.put(asyncio.get_running_loop())

        @gen_test
        async def test_coroutine(self):
            assert await self.made.get() is asyncio.get_running_loop() is self.io_loop.asyncio_loop
            ran()

        @gen_test
        def test_generator(self):
            yield gen.sleep(0)
            assert (yield self.made.get()) is self.io_loop.asyncio_loop
            ran()

        @gen_test
        async def test_fails(self):
            ran()
            assert 0, "assert in the body"

        @gen_test(timeout=0.05)
        async def test_times_out(self):
            ran()
            await gen.sleep(5)

        def test_stop_and_wait(self):
            self.io_loop.call_later(0.01, self.stop, 5)
            assert self.wait() == 5
            ran()

        def test_callback_fails(self):
            ran()
            self.io_loop.add_callback(lambda: 1 / 0)
            self.wait()

    class Hello(web.RequestHandler):
        async def get(self):
            await gen.sleep(0)
            self.write("hello")

    class TestServer(AsyncHTTPTestCase):
        def get_app(self):
            return web.Application([("/", Hello)])

        def test_fetch(self):
            assert self.fetch("/").body == b"hello"
            ran()

        @gen_test
        async def test_client(self):
            response = await AsyncHTTPClient().fetch(self.get_url("/"))
            assert response.body == b"hello"
            ran()

        def test_fails(self):
            ran()
            assert self.fetch("/").body == b"other", "assert in the body"

    class TestWithoutDecorator(AsyncHTTPTestCase):
        # Tornado asks for its decorator here, on both sides: it never leaves a body green that did not run.
        def get_app(self):
            return web.Application([("/", Hello)])

        async def test_coroutine(self):
            ran()
"""


def test_both_test_cases(any_suite: Suite) -> None:
    check_driver(
        any_suite,
        SOURCE,
        {
            **every("TestGenTest::test_coroutine TestGenTest::test_generator TestGenTest::test_stop_and_wait", PASSED),
            "TestGenTest::test_fails": failed("assert in the body"),
            "TestGenTest::test_times_out": failed("timed out after 0.05 seconds"),
            "TestGenTest::test_callback_fails": failed("division by zero"),
            **every("TestServer::test_fetch TestServer::test_client", PASSED),
            "TestServer::test_fails": failed("assert in the body"),
            "TestWithoutDecorator::test_coroutine": failed("should be decorated with tornado.testing.gen_test"),
        },
        *BUILT_IN,
    )
