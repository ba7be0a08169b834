"""What a module does to event loops when it is imported, or one test to the loop policy."""

from __future__ import annotations

import pytest

from ..behaviour.conftest import Suite
from .pattern import (
    AUTO,
    PASSED,
    STRICT,
    Pattern,
    check,
    error,
    every,
    failed,
)

_NO_LOOP = "There is no current event loop"
_CLOSED = "Event loop is closed"
_DIFFERENT = "attached to a different loop"
_NUMBERED = " ".join(f"test_woken_by_a_thread[{number}]" for number in range(4))
_BOUND = "is bound to a different event loop"

PATTERNS = (
    Pattern(
        "p15",
        "asyncio objects made at module import, which belong to the loop that first waits",
        """
        QUEUE = asyncio.Queue()
        LOCK = asyncio.Lock()

        class Cache:
            event = asyncio.Event()

        async def use():
            ran()
            putting = asyncio.get_running_loop().call_later(0.01, QUEUE.put_nowait, "sent")
            assert await QUEUE.get() == "sent"
            asyncio.get_running_loop().call_later(0.01, Cache.event.set)
            await Cache.event.wait()
            Cache.event.clear()

        async def test_first():
            await use()

        async def test_second():
            await use()

        class TestMethods:
            async def test_third(self):
                await use()
        """,
        in_process={
            "test_first": PASSED,
            **every("test_second TestMethods::test_third", failed(_BOUND)),
        },
        isolated=every("test_first test_second TestMethods::test_third", PASSED),
        in_process_arguments=AUTO,
    ),
    Pattern(
        "p15-loop",
        "a loop and a future made at module import",
        """
        LOOP = asyncio.new_event_loop()
        asyncio.set_event_loop(LOOP)
        FUTURE = LOOP.create_future()

        async def test_future():
            ran()
            asyncio.get_running_loop().call_soon(FUTURE.set_result, "made")
            assert await FUTURE == "made"

        @pytest.mark.isolated_loop
        def test_loop():
            ran()
            LOOP.run_until_complete(asyncio.sleep(0.01))
        """,
        in_process={"test_future": failed(_DIFFERENT), "test_loop": PASSED},
        isolated=every("test_future test_loop", PASSED),
        in_process_arguments=AUTO,
    ),
    Pattern(
        "p15-plugin",
        "the same, driven by pytest-asyncio; the suite ends what it started",
        """
        class Shared:
            loop = asyncio.new_event_loop()

        FUTURE = Shared.loop.create_future()

        @pytest.fixture(scope="module", autouse=True)
        def ended():
            yield
            assert not Shared.loop.is_closed()
            Shared.loop.run_until_complete(asyncio.sleep(0))
            Shared.loop.close()

        async def test_future():
            ran()
            asyncio.get_running_loop().call_soon(FUTURE.set_result, "made")
            assert await FUTURE == "made"
        """,
        in_process={"test_future": failed(_DIFFERENT)},
        isolated={"test_future": PASSED},
        in_process_arguments=AUTO,
        isolated_arguments=AUTO,
    ),
    Pattern(
        "p15-workers",
        "tests that run at the same time do not wake each other's copy of the loop",
        """
        LOOP = asyncio.new_event_loop()
        pytestmark = pytest.mark.isolated_loop(timeout=5)

        def wake(woken):
            # Not before the loop has gone to sleep.
            time.sleep(0.002)
            LOOP.call_soon_threadsafe(woken.set_result, None)

        @pytest.mark.parametrize("number", range(4))
        def test_woken_by_a_thread(number):
            ran()

            async def rounds():
                for _ in range(50):
                    woken = LOOP.create_future()
                    thread = threading.Thread(target=wake, args=(woken,))
                    thread.start()
                    await woken
                    thread.join()

            LOOP.run_until_complete(rounds())
        """,
        in_process=every(_NUMBERED, PASSED),
        isolated=every(_NUMBERED, PASSED),
        isolated_arguments=(*STRICT, "--isolated-loop-workers=3"),
    ),
    Pattern(
        "p29",
        "a test replaces the event loop policy",
        """
        pytestmark = pytest.mark.isolated_loop

        class Policy(asyncio.DefaultEventLoopPolicy):
            def get_event_loop(self):
                raise RuntimeError("policy of another test")

        class RunsALoop(unittest.TestCase):
            def test_runs(self):
                ran()
                asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))

        class A1Sets(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                asyncio.set_event_loop_policy(Policy())

            def test_sets(self):
                ran()

        class A2(RunsALoop):
            pass

        class A3Resets(unittest.TestCase):
            def test_resets(self):
                ran()
                asyncio.set_event_loop_policy(None)
                asyncio.run(asyncio.sleep(0))

        class A4(RunsALoop):
            pass

        @pytest.fixture
        def policy():
            asyncio.set_event_loop_policy(Policy())

        def test_in_a_fixture(policy):
            ran()
            asyncio.run(asyncio.sleep(0))

        def test_after_the_fixture():
            ran()
            asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
        """,
        in_process={
            **every("RunsALoop::test_runs A1Sets::test_sets A3Resets::test_resets test_in_a_fixture", PASSED),
            **every("A2::test_runs test_after_the_fixture", failed("policy of another test")),
            "A4::test_runs": failed(_NO_LOOP),
        },
        isolated=every(
            "RunsALoop::test_runs A1Sets::test_sets A2::test_runs A3Resets::test_resets A4::test_runs "
            "test_in_a_fixture test_after_the_fixture",
            PASSED,
        ),
    ),
    Pattern(
        "p29-import",
        "a module replaces the event loop policy when it is imported",
        """
        async def test_default_policy():
            ran()
            assert type(asyncio.get_event_loop_policy()) is asyncio.DefaultEventLoopPolicy

        async def test_runs():
            ran()
        """,
        also={
            "test_other": """
                class Policy(asyncio.DefaultEventLoopPolicy):
                    def new_event_loop(self):
                        raise RuntimeError("policy of another module")

                asyncio.set_event_loop_policy(Policy())

                async def test_meets_it():
                    ran()
            """,
            "test_third": """
                class Policy(asyncio.DefaultEventLoopPolicy):
                    pass

                asyncio.set_event_loop_policy(Policy())

                async def test_has_its_own():
                    ran()
                    assert type(asyncio.get_event_loop_policy()) is Policy
            """,
        },
        in_process={
            "test_default_policy": failed("assert"),
            **every("test_runs test_has_its_own test_meets_it", PASSED),
        },
        isolated={
            **every("test_default_policy test_runs test_has_its_own", PASSED),
            "test_meets_it": error("policy of another module"),
        },
        in_process_arguments=AUTO,
    ),
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_pattern(suite: Suite, pattern: Pattern) -> None:
    check(suite, pattern)
