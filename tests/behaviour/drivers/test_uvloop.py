"""uvloop with the built-in runner and unittest, by each way in which a suite can ask for it."""

from __future__ import annotations

import pytest

from ...patterns.pattern import PASSED, every, failed
from ...variants import by_default
from ..conftest import Suite
from .driver import BUILT_IN, check_mended

#: Every part of a case, on a loop of the kind that the suite has asked for.
SOURCE = """
    import uvloop
    from isolated_async import isolated_loop

    {asked}

    def is_uvloop(loop):
        return type(loop) is uvloop.Loop

    @pytest.fixture
    def made_by_sync_code():
        loop = asyncio.get_event_loop_policy().get_event_loop()
        assert is_uvloop(loop)
        loop.run_until_complete(asyncio.sleep(0))
        return loop.create_future()

    @pytest.fixture
    async def server(made_by_sync_code):
        async def echo(reader, writer):
            writer.write(await reader.readline())
            writer.close()

        made_by_sync_code.set_result("made")
        async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
            yield server.sockets[0].getsockname()

    {mark}
    async def test_server(server, made_by_sync_code):
        assert await made_by_sync_code == "made"
        assert is_uvloop(asyncio.get_running_loop())
        reader, writer = await asyncio.open_connection(*server)
        writer.write(b"hello" + bytes([10]))
        assert (await reader.readline()).strip() == b"hello"
        writer.close()
        ran()

    {mark}
    async def test_subprocess(server):
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(5)", stdout=-1)
        assert (await process.communicate())[0].strip() == b"5"
        ran()

    {mark}
    async def test_fails(server):
        ran()
        assert not is_uvloop(asyncio.get_running_loop()), "assert in the body"

    {mark}
    async def test_nested_run(server):
        ran()
        asyncio.get_running_loop().run_until_complete(asyncio.sleep(0))

    {mark}
    class TestPlainCase(unittest.TestCase):
        def setUp(self):
            asyncio.get_event_loop_policy().get_event_loop().run_until_complete(self.asyncSetUp())

        async def asyncSetUp(self):
            self.loop = asyncio.get_running_loop()

        async def test_loop(self):
            self.assertIs(asyncio.get_running_loop(), self.loop)
            self.assertTrue(is_uvloop(self.loop))
            ran()

    {mark}
    class TestIsolatedCase(unittest.IsolatedAsyncioTestCase):
        def setUp(self):
            self.loop = asyncio.get_event_loop_policy().get_event_loop()

        async def test_loop(self):
            self.assertIs(asyncio.get_running_loop(), self.loop)
            self.assertTrue(is_uvloop(self.loop))
            ran()
"""
ENDINGS = {
    **every("test_server test_subprocess TestPlainCase::test_loop TestIsolatedCase::test_loop", PASSED),
    "test_fails": failed("assert in the body"),
    "test_nested_run": failed("this event loop is already running"),
}
#: How it is asked for -> in the module, on each test, on the command line, in the ini file.
WAYS = {
    "callable": ("", "@isolated_loop(loop_factory=uvloop.new_event_loop)", (), ""),
    "dotted": ("", "@isolated_loop(loop_factory='uvloop.new_event_loop')", (), ""),
    "colon": ("", "@isolated_loop(loop_factory='uvloop:new_event_loop')", (), ""),
    "class": ("", "@isolated_loop(loop_factory=uvloop.Loop)", (), ""),
    "pytestmark": ("pytestmark = isolated_loop(loop_factory='uvloop.new_event_loop')", "", (), ""),
    "option": ("", "", ("--isolated-loop-factory=uvloop.new_event_loop",), ""),
    "ini": ("", "", (), "isolated_loop_factory = uvloop.new_event_loop"),
    "policy": ("asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())", "", (), ""),
    "install": ("uvloop.install()", "", (), ""),
}
QUIET = ("-W", "ignore::DeprecationWarning")


@pytest.mark.parametrize("way", by_default(WAYS, "callable", "option", "ini", "policy"))
def test_asked_for(suite: Suite, way: str) -> None:
    asked, mark, arguments, line = WAYS[way]
    suite.ini(line)
    check_mended(suite, SOURCE.format(asked=asked, mark=mark), ENDINGS, *BUILT_IN, *arguments, *QUIET)


@pytest.mark.parametrize("way", ["asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())", "uvloop.install()"])
def test_policy_in_conftest(suite: Suite, way: str) -> None:
    conftest = f"import asyncio, uvloop\n{way}\n"
    check_mended(suite, SOURCE.format(asked="", mark=""), ENDINGS, *BUILT_IN, *QUIET, also={"conftest": conftest})


def test_policy_set_by_a_fixture(suite: Suite) -> None:
    """From there on, and for this test alone."""
    check_mended(
        suite,
        """
            import uvloop

            @pytest.fixture
            def policy():
                asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
                asyncio.set_event_loop(asyncio.new_event_loop())
                yield
                asyncio.get_event_loop().close()
                asyncio.set_event_loop_policy(None)

            @pytest.fixture
            async def value(policy):
                return asyncio.get_running_loop()

            async def test_uvloop(value):
                assert type(value) is uvloop.Loop and value is asyncio.get_running_loop()
                ran()

            async def test_asyncio():
                assert type(asyncio.get_running_loop()) is not uvloop.Loop
                ran()
        """,
        every("test_uvloop test_asyncio", PASSED),
        *BUILT_IN,
        *QUIET,
    )


EAGER_SET_UP = """
    import uvloop
    from isolated_async import isolated_loop

    {asked}

    class Base({base}):
        def setUp(self):
            self.loop = {loop}
            asyncio.set_event_loop(self.loop)
            self.loop.run_until_complete(self.asyncSetUp())

        async def asyncSetUp(self):
            self.calls = getattr(self, "calls", 0) + 1

    {mark}
    class TestEager(Base):
        async def asyncSetUp(self):
            await super().asyncSetUp()
            super().setUp()
            self.made = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.01, self.made.set_result, 5)

        async def test_async(self):
            ran()
            self.assertEqual(self.calls, 1)
            self.assertIs(type(asyncio.get_running_loop()), uvloop.Loop)
            self.assertEqual(await self.made, 5)

        async def test_fails(self):
            ran()
            self.fail("failed in the body")
"""


@pytest.mark.variants
@pytest.mark.parametrize("base", ["unittest.TestCase", "unittest.IsolatedAsyncioTestCase"])
@pytest.mark.parametrize(
    ("asked", "mark", "loop"),
    [
        ("", "", "uvloop.new_event_loop()"),
        ("asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())", "", "asyncio.new_event_loop()"),
        ("", "@isolated_loop(loop_factory=uvloop.new_event_loop)", "asyncio.get_event_loop()"),
    ],
    ids=["own loop", "policy", "marker"],
)
def test_async_set_up_that_calls_the_sync_one(suite: Suite, asked: str, mark: str, loop: str, base: str) -> None:
    """uvloop refuses nested runs in C: the second request for asyncSetUp must not reach it."""
    check_mended(
        suite,
        EAGER_SET_UP.format(asked=asked, mark=mark, loop=loop, base=base),
        {"TestEager::test_async": PASSED, "TestEager::test_fails": failed("failed in the body")},
        *BUILT_IN,
        *QUIET,
    )
