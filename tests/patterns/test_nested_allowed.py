"""Nested runs in tests that allow them: ``@isolated_loop(nested="allow")``."""

from __future__ import annotations

import pytest

from ..behaviour.conftest import Suite
from .pattern import AUTO, PASSED, PLAIN, Pattern, check, error, every, failed

_ALREADY_RUNNING = "This event loop is already running"
_FROM_RUNNING = "cannot be called from a running event loop"
_ANOTHER = "Cannot run the event loop while another loop is running"

PATTERNS = (
    Pattern(
        "p05-allowed",
        "an async test or fixture calls a sync setUp that runs the loop",
        """
        pytestmark = pytest.mark.isolated_loop(nested="allow")

        class Base:
            def set_up(self):
                asyncio.get_event_loop().run_until_complete(self.connect())

            async def connect(self):
                self.queue = asyncio.Queue()
                await asyncio.sleep(0.01)
                self.queue.put_nowait("connected")

        class TestCallsIt(Base):
            async def test_resets(self):
                ran()
                self.set_up()
                assert await self.queue.get() == "connected"
                self.set_up()

        class TestThroughAFixture(Base):
            @pytest.fixture(autouse=True)
            async def ready(self):
                self.set_up()
                yield
                self.set_up()
                note("torn down")

            async def test_uses(self):
                ran()
                assert await self.queue.get() == "connected"

        class TestCase(Base, unittest.TestCase):
            def setUp(self):
                self.set_up()

            async def test_resets(self):
                self.setUp()
                ran()
        """,
        in_process={
            "TestCallsIt::test_resets": failed(_ALREADY_RUNNING),
            "TestThroughAFixture::test_uses": error(_ALREADY_RUNNING),
            "TestCase::test_resets": failed("event loop"),
        },
        isolated={
            **every("TestCallsIt::test_resets TestCase::test_resets", PASSED),
            "TestThroughAFixture::test_uses": PASSED.noting("torn down"),
        },
        in_process_arguments=AUTO,
    ),
    Pattern(
        "p12-allowed",
        "a test awaits nothing and calls a sync API that runs a loop",
        """
        from asyncio import run

        pytestmark = pytest.mark.isolated_loop(nested="allow")
        VARIABLE = contextvars.ContextVar("variable")

        async def fetch(depth=0):
            await asyncio.sleep(0.001)
            task = asyncio.current_task()
            if depth:
                assert run(fetch(depth - 1)) == 1
                assert asyncio.get_event_loop().run_until_complete(fetch(depth - 1)) == 1
                assert asyncio.current_task() is task
            return 1

        async def test_run():
            ran()
            assert run(fetch()) == asyncio.run(fetch()) == 1

        if sys.version_info >= (3, 11):

            async def test_runner():
                ran()
                with asyncio.Runner() as runner:
                    assert runner.run(fetch()) == 1
                    assert runner.run(fetch()) == 1

        async def test_run_until_complete():
            ran()
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            assert loop.run_until_complete(fetch()) == 1
            assert asyncio.get_running_loop() is loop and asyncio.current_task() is task

        async def test_new_loop():
            ran()
            outer = asyncio.get_running_loop()
            loop = asyncio.new_event_loop()
            assert loop.run_until_complete(fetch()) == 1
            loop.close()
            assert asyncio.get_running_loop() is outer
            await asyncio.sleep(0.001)

        async def test_deep():
            ran()
            assert await fetch(3) == 1

        async def test_others_go_on():
            ran()
            seen = []

            async def other():
                for number in range(3):
                    await asyncio.sleep(0)
                    seen.append(number)
                return seen

            tasks = [asyncio.create_task(other()) for _ in range(3)]
            asyncio.get_running_loop().run_until_complete(asyncio.sleep(0.01))
            assert sorted(seen) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
            await asyncio.gather(*tasks)

        async def test_many_nest_at_once():
            ran()

            async def nests():
                return asyncio.get_running_loop().run_until_complete(fetch())

            assert await asyncio.gather(*[nests() for _ in range(20)]) == [1] * 20

        async def test_failure():
            ran()

            async def fails():
                raise LookupError("inside")

            with pytest.raises(LookupError, match="inside"):
                asyncio.get_running_loop().run_until_complete(fails())
            with pytest.raises(LookupError, match="inside"):
                asyncio.run(fails())

        async def test_cancelled_from_outside():
            ran()

            async def nests():
                asyncio.get_running_loop().run_until_complete(asyncio.sleep(0.01))
                await asyncio.sleep(5)

            task = asyncio.create_task(nests())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        async def test_run_forever():
            ran()
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            seen = []
            loop.call_soon(seen.append, 1)
            loop.call_later(0.001, seen.append, 2)
            loop.call_later(0.002, loop.stop)
            loop.run_forever()
            assert seen == [1, 2]
            assert asyncio.get_running_loop() is loop and asyncio.current_task() is task
            await asyncio.sleep(0.001)

        async def test_run_forever_on_another_loop():
            ran()
            outer, loop = asyncio.get_running_loop(), asyncio.new_event_loop()
            loop.call_later(0.001, loop.stop)
            loop.run_forever()
            loop.close()
            assert asyncio.get_running_loop() is outer
            await asyncio.sleep(0.001)

        async def test_stop_ends_the_innermost_run():
            ran()
            loop, never = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

            async def outer():
                loop.call_soon(loop.stop)
                with pytest.raises(RuntimeError, match="Event loop stopped before Future completed"):
                    loop.run_until_complete(never)
                loop.call_soon(loop.stop)
                loop.run_forever()
                await asyncio.sleep(0.001)
                return "outer"

            assert loop.run_until_complete(outer()) == "outer"
            await asyncio.sleep(0.001)

        def test_what_the_outermost_run_waits_for_ends_meanwhile():
            ran()
            loop = asyncio.get_event_loop()

            async def quick():
                await asyncio.sleep(0.001)
                return "quick"

            async def nests():
                loop.run_until_complete(asyncio.sleep(0.01))
                return "nests"

            task = loop.create_task(nests())
            assert loop.run_until_complete(quick()) == "quick"
            assert task.done() and task.result() == "nests"

        def test_stop_of_the_outermost_run():
            ran()
            loop = asyncio.get_event_loop()

            async def stops():
                loop.run_until_complete(asyncio.sleep(0.001))
                loop.stop()

            task = loop.create_task(stops())
            loop.run_forever()
            assert loop.run_until_complete(task) is None

        async def test_the_body_counts():
            asyncio.run(fetch())
            assert False, "body ran"
        """,
        in_process={
            "test_run": failed("running event loop"),
            "test_runner": failed("running event loop").on(3, 11),
            **every(
                "test_run_until_complete test_failure test_others_go_on test_many_nest_at_once "
                "test_cancelled_from_outside",
                failed(_ALREADY_RUNNING),
            ),
            **every("test_run_forever test_stop_ends_the_innermost_run", failed(_ALREADY_RUNNING)),
            **every("test_new_loop test_run_forever_on_another_loop", failed(_ANOTHER)),
            **every(
                "test_what_the_outermost_run_waits_for_ends_meanwhile test_stop_of_the_outermost_run",
                failed("event loop"),
            ),
            **every("test_deep test_the_body_counts", failed(_FROM_RUNNING)),
        },
        isolated={
            **every(
                "test_run test_failure test_run_until_complete test_others_go_on test_many_nest_at_once "
                "test_cancelled_from_outside test_new_loop test_deep test_run_forever test_run_forever_on_another_loop "
                "test_stop_ends_the_innermost_run test_what_the_outermost_run_waits_for_ends_meanwhile "
                "test_stop_of_the_outermost_run",
                PASSED,
            ),
            "test_runner": PASSED.on(3, 11),
            "test_the_body_counts": failed("body ran"),
        },
        in_process_arguments=AUTO,
        isolated_arguments=PLAIN,
    ),
    Pattern(
        "p20-allowed",
        "a running test asks for an async fixture, a sync fixture runs the loop",
        """
        pytestmark = pytest.mark.isolated_loop(nested="allow")

        @pytest.fixture
        def prepared():
            return asyncio.get_event_loop().run_until_complete(asyncio.sleep(0, "prepared"))

        @pytest.fixture
        async def value():
            await asyncio.sleep(0)
            return "made"

        @pytest.fixture
        async def generator():
            await asyncio.sleep(0)
            yield "made"
            await asyncio.sleep(0)
            note("finished")

        async def test_asks(request):
            ran()
            assert request.getfixturevalue("prepared") == "prepared"
            assert request.getfixturevalue("value") == request.getfixturevalue("generator") == "made"
        """,
        in_process={"test_asks": failed("running")},
        isolated={"test_asks": PASSED.noting("finished")},
        in_process_arguments=AUTO,
    ),
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_pattern(suite: Suite, pattern: Pattern) -> None:
    check(suite, pattern)
