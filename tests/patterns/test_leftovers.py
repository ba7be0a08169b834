"""What a test leaves behind: clean-up that gets lost, tasks, coroutines that nobody awaited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ..behaviour.conftest import Suite
from .pattern import AUTO, FALSE_GREEN, PASSED, PLAIN, STRICT, Pattern, check, every, teardown_error

#: A leak is an error, and any warning fails: what passes has left nothing behind.
NO_LEAK = (*STRICT, "--isolated-loop-leaks=error")

_LOST_CLEAN_UP = "pending task of clean(), made at"
_LEAKED_TASK = "Task exception was never retrieved (task of fails()): RuntimeError: nobody asked, made at"
_FORGOTTEN_AWAIT = "coroutine 'fails' was never awaited, made at"
_STILL_RUNNING = "pending task of sleep(), made at"

#: What is said where a leak is an error, by row.
_LEAKS = {
    "p28-async": dict.fromkeys(("test_fixture", "TestMethods::test_method", "Case::test_case"), _LOST_CLEAN_UP),
    "p22": {
        "test_leaked_task": _LEAKED_TASK,
        "test_forgotten_await": _FORGOTTEN_AWAIT,
        "TestMethods::test_still_running": _STILL_RUNNING,
    },
}

PATTERNS = (
    Pattern(
        "p28",
        "a pytest-style tear-down starts a task for the clean-up if a loop runs, else runs it",
        """
        async def clean():
            await asyncio.sleep(0)
            note("cleaned up")

        def clean_somehow():
            try:
                loop = asyncio.get_event_loop()
                if loop.is_running():
                    loop.create_task(clean())
                else:
                    loop.run_until_complete(clean())
            except Exception:
                pass

        @pytest.mark.isolated_loop
        class TestMethods:
            def test_sync(self):
                ran()
                asyncio.run(asyncio.sleep(0))

            async def test_async(self):
                ran()

            def teardown_method(self):
                clean_somehow()

        @pytest.fixture
        def cleaning():
            yield
            clean_somehow()

        async def test_fixture(cleaning):
            ran()
        """,
        in_process=every("TestMethods::test_sync TestMethods::test_async test_fixture", PASSED),
        isolated=every("TestMethods::test_sync TestMethods::test_async test_fixture", PASSED.noting("cleaned up")),
        in_process_arguments=AUTO,
        isolated_arguments=NO_LEAK,
    ),
    Pattern(
        "p28-async",
        "an async tear-down starts a task for the clean-up and does not await it",
        """
        async def clean():
            await asyncio.sleep(30)
            note("cleaned up")

        @pytest.fixture
        async def cleaning():
            yield
            asyncio.create_task(clean())

        async def test_fixture(cleaning):
            ran()

        class TestMethods:
            async def test_method(self, cleaning):
                ran()

        class Case(unittest.IsolatedAsyncioTestCase):
            async def asyncTearDown(self):
                asyncio.create_task(clean())

            async def test_case(self):
                ran()
        """,
        in_process=every("test_fixture TestMethods::test_method Case::test_case", PASSED),
        isolated=every("test_fixture TestMethods::test_method Case::test_case", replace(PASSED, says=_LOST_CLEAN_UP)),
        in_process_arguments=AUTO,
    ),
    Pattern(
        "p22",
        "a leaked task's exception, a forgotten await, a test that returns something",
        """
        async def fails():
            raise RuntimeError("nobody asked")

        async def test_leaked_task():
            ran()
            task = asyncio.create_task(fails())
            await asyncio.sleep(0)

        async def test_forgotten_await():
            ran()
            fails()

        class TestMethods:
            async def test_still_running(self):
                ran()
                asyncio.create_task(asyncio.sleep(5))

            async def test_returns(self):
                ran()
                return 5
        """,
        in_process={
            **every("test_leaked_task TestMethods::test_still_running TestMethods::test_returns", PASSED),
            "test_forgotten_await": replace(PASSED, says="coroutine 'fails' was never awaited"),
        },
        isolated={
            "test_leaked_task": replace(PASSED, says=f"LeakWarning: {_LEAKED_TASK}"),
            "test_forgotten_await": replace(PASSED, says=f"RuntimeWarning: {_FORGOTTEN_AWAIT}"),
            "TestMethods::test_still_running": replace(PASSED, says=f"LeakWarning: {_STILL_RUNNING}"),
            "TestMethods::test_returns": replace(PASSED, says="PytestReturnNotNoneWarning"),
        },
        in_process_arguments=AUTO,
        isolated_arguments=PLAIN,
    ),
    Pattern(
        "p10",
        "tearDown starts a task for the clean-up if a loop runs, else runs it, and swallows what goes wrong",
        """
        pytestmark = pytest.mark.isolated_loop

        class Base(unittest.TestCase):
            def tearDown(self):
                try:
                    loop = asyncio.get_event_loop()
                    if loop.is_running():
                        loop.create_task(self.clean())
                    else:
                        loop.run_until_complete(self.clean())
                except Exception:
                    pass

            async def clean(self):
                await asyncio.sleep(0)
                note("cleaned up")

        class AfterRun(Base):
            def test_runs(self):
                ran()
                asyncio.run(asyncio.sleep(0))

        class AfterClose(Base):
            def setUp(self):
                asyncio.set_event_loop(asyncio.new_event_loop())

            def test_closes(self):
                ran()
                asyncio.get_event_loop().close()

        class Grandchild(AfterRun):
            async def test_async(self):
                ran()
        """,
        in_process={
            **every("AfterRun::test_runs AfterClose::test_closes Grandchild::test_runs", PASSED),
            "Grandchild::test_async": FALSE_GREEN,
        },
        isolated=every(
            "AfterRun::test_runs AfterClose::test_closes Grandchild::test_runs Grandchild::test_async",
            PASSED.noting("cleaned up"),
        ),
        isolated_arguments=NO_LEAK,
    ),
)

#: The same rows where a leak is an error.
ERRORS = tuple(
    replace(
        pattern,
        id=f"{pattern.id}-error",
        isolated={**pattern.isolated, **{name: teardown_error(text) for name, text in _LEAKS[pattern.id].items()}},
        isolated_arguments=(*PLAIN, "--isolated-loop-leaks=error"),
    )
    for pattern in PATTERNS
    if pattern.id in _LEAKS
)


@pytest.mark.parametrize("pattern", [*PATTERNS, *ERRORS], ids=str)
def test_pattern(suite: Suite, pattern: Pattern) -> None:
    check(suite, pattern)
