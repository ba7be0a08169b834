"""The `event_loop` fixture of suites that were written for old versions of pytest-asyncio."""

from __future__ import annotations

import pytest

from ..behaviour.conftest import Suite
from .pattern import (
    AUTO,
    FALSE_GREEN,
    PASSED,
    UNSUPPORTED,
    Pattern,
    check,
    error,
    every,
)

_NO_LOOP = "There is no current event loop"
_CLOSED = "Event loop is closed"
_DIFFERENT = "attached to a different loop"
_BOUND = "is bound to a different event loop"

PATTERNS = (
    Pattern(
        "p19",
        "the suite's own session event_loop fixture",
        """
        @pytest.fixture(scope="session", autouse=True)
        def event_loop():
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
            yield loop
            loop.close()

        @pytest.fixture
        def server(event_loop):
            return event_loop.run_until_complete(start())

        async def start():
            return asyncio.create_task(asyncio.sleep(0.01, "started"))

        async def test_asks(event_loop):
            ran()
            assert asyncio.get_running_loop() is event_loop

        async def test_uses(server):
            ran()
            assert await server == "started"

        class TestMethods:
            @pytest.fixture(autouse=True)
            def loop_of_the_class(self, event_loop):
                self.loop = event_loop

            async def test_method(self):
                ran()
                assert asyncio.get_running_loop() is self.loop

        class Case(unittest.TestCase):
            async def test_case(self):
                ran()
                await asyncio.sleep(0)
        """,
        in_process={
            **every("test_asks test_uses TestMethods::test_method", UNSUPPORTED),
            "Case::test_case": FALSE_GREEN,
        },
        isolated=every("test_asks test_uses TestMethods::test_method Case::test_case", PASSED),
    ),
    Pattern(
        "p19-not-set",
        "the suite's own event_loop fixture, which is not made current",
        """
        @pytest.fixture(scope="session")
        def event_loop():
            loop = asyncio.new_event_loop()
            yield loop
            loop.close()

        @pytest.fixture
        def server(event_loop):
            return event_loop.create_task(asyncio.sleep(0.01, "started"))

        async def test_uses(server):
            ran()
            assert await server == "started"

        async def test_asks(event_loop):
            ran()
            assert asyncio.get_running_loop() is event_loop
        """,
        in_process=every("test_uses test_asks", UNSUPPORTED),
        isolated=every("test_uses test_asks", PASSED),
    ),
    Pattern(
        "p34",
        "a fixture requests the event_loop fixture that pytest-asyncio once had",
        """
        @pytest.fixture
        def prepared(event_loop):
            return event_loop.run_until_complete(asyncio.sleep(0, "prepared"))

        async def test_uses(prepared):
            ran()
            assert prepared == "prepared"

        async def test_asks(event_loop):
            ran()
            assert asyncio.get_running_loop() is event_loop
        """,
        in_process=every("test_uses test_asks", error("fixture 'event_loop' not found")),
        isolated=every("test_uses test_asks", PASSED),
        in_process_arguments=AUTO,
    ),
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_pattern(suite: Suite, pattern: Pattern) -> None:
    check(suite, pattern)
