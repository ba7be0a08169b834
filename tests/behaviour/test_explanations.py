"""Classic event loop failures say why they happened, with the lines of both parties and what to change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import Suite

CLASSICS = {
    "ruc in a coroutine": (
        """
        import asyncio

        def sync_api():
            return asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))  # nested

        async def test_a():
            sync_api()
        """,
        ["his event loop is already running", "nested run: ", "in sync_api", "outer run:  the test itself"],
    ),
    "asyncio.run in a coroutine": (
        """
        import asyncio

        async def answer():
            return 1

        def sync_api():
            return asyncio.run(answer())

        async def test_a():
            sync_api()
        """,
        ["asyncio.run() cannot be called from a running event loop", "in sync_api", "outer run:  the test itself"],
    ),
    "nested in a sync test": (
        """
        import asyncio

        def sync_api():
            asyncio.new_event_loop().run_until_complete(asyncio.sleep(0))

        async def work():
            sync_api()

        def test_a(event):
            asyncio.get_event_loop().run_until_complete(work())

        import pytest

        @pytest.fixture
        async def event():
            pass
        """,
        ["while another loop is running", "in sync_api", "outer run:  ", "in test_a"],
    ),
    "closed loop": (
        """
        import asyncio

        async def test_a():
            loop = asyncio.new_event_loop()
            loop.close()
            loop.call_soon(print)
        """,
        ["Event loop is closed", "The loop was closed before this line used it", "in test_a"],
    ),
    "no loop in a thread": (
        """
        import asyncio, concurrent.futures

        async def test_a():
            with concurrent.futures.ThreadPoolExecutor() as pool:
                pool.submit(ask).result()

        def ask():
            asyncio.get_event_loop()
        """,
        ["There is no current event loop", "it is not the main thread", "in ask"],
    ),
    "object of another loop": (
        """
        import asyncio

        async def make():
            return asyncio.get_running_loop().create_future()

        async def test_a():
            await foreign

        other = None

        def setup_module():
            global foreign, other
            other = asyncio.new_event_loop()
            foreign = other.run_until_complete(make())
        """,
        ["attached to a different loop", "belongs to one loop was awaited on another", "in test_a"],
    ),
    "a future that is not done": (
        """
        import asyncio

        async def test_a():
            asyncio.create_task(asyncio.sleep(0)).result()
        """,
        ["Result is not set", "does not wait", "in test_a"],
    ),
    "wrapped by the user": (
        """
        import asyncio

        async def test_a():
            try:
                asyncio.run(asyncio.sleep(0))
            except RuntimeError as error:
                raise ValueError("could not connect") from error
        """,
        ["ValueError: could not connect", "nested run: ", "in test_a"],
    ),
}


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("classic", CLASSICS)
def test_the_failure_explains_itself(suite: Suite, classic: str, loop: str) -> None:
    source, fragments = CLASSICS[classic]
    suite.write(test_a=source)
    run = suite.run(
        "--isolated-loop",
        f"--isolated-loop-factory={loop}.new_event_loop",
        *("-W", "error", "-p", "no:asyncio", "-W", "ignore::pytest.PytestConfigWarning"),
    )
    assert run.outcomes.items() >= {"failed": 1}.items(), run.stdout  # Some leave their loops open.
    text = run.text_of("::test_a")
    assert "isolated-loop: why" in text
    for fragment in [*fragments, "What to do: "]:
        assert fragment in text
    (page,) = re.findall(r"^More: (.*)$", text, re.MULTILINE)
    assert Path(page).is_file()
    assert "never awaited" not in run.stdout + run.stderr


def test_other_failures_are_left_alone(suite: Suite) -> None:
    suite.write(
        test_a="""
            async def test_other():
                raise RuntimeError("something else")

            async def test_says_it_but_is_no_error_of_a_loop():
                assert "This event loop is already running" == ""
        """
    )
    run = suite.run("--isolated-loop")
    assert run.outcomes == {"failed": 2}
    assert "isolated-loop: why" not in run.stdout


BLOCKED = {
    "result": "asyncio.run_coroutine_threadsafe(asyncio.sleep(0), asyncio.get_running_loop()).result()  # here",
    "event": "threading.Event().wait()  # here",
    "queue": "queue.Queue().get()  # here",
    "thread": "thread = threading.Thread(target=time.sleep, args=(60,)); thread.start(); thread.join()  # here",
}


@pytest.mark.parametrize("name", BLOCKED)
def test_a_loop_that_is_blocked_by_a_wait(any_suite: Suite, name: str) -> None:
    any_suite.write(
        test_a=f"""
            import asyncio, queue, threading, time

            async def test_a():
                await asyncio.sleep(0)
                blocks()

            def blocks():
                {BLOCKED[name]}
        """
    )
    run = any_suite.run("--isolated-loop", "--isolated-loop-timeout=0.5")
    assert run.outcomes == {"failed": 1}, run.stdout
    text = run.text_of("::test_a")
    assert "this is a deadlock" in text
    assert f"waits in {any_suite.path / 'test_a.py'}:8 in blocks" in text


def test_a_loop_that_is_blocked_by_a_busy_line(suite: Suite) -> None:
    suite.write(
        test_a="""
            import time

            async def test_a():
                while True:
                    time.sleep(0.001)
        """
    )
    run = suite.run("--isolated-loop", "--isolated-loop-timeout=0.3")
    assert f"The loop could not run: {suite.path / 'test_a.py'}:" in run.text_of("::test_a")
    assert "deadlock" not in run.stdout


def test_a_loop_that_waits_is_not_blocked(suite: Suite) -> None:
    suite.write(test_a="import asyncio\n\nasync def test_a():\n    await asyncio.sleep(60)\n")
    run = suite.run("--isolated-loop", "--isolated-loop-timeout=0.3")
    assert run.outcomes == {"failed": 1}
    assert "isolated-loop: why" not in run.stdout


def test_a_blocked_sync_test_blocks_no_loop(suite: Suite) -> None:
    suite.write(test_a="import threading\n\ndef test_a():\n    threading.Event().wait()\n")
    run = suite.run("--isolated-loop-mode=all", "--isolated-loop-timeout=0.3")
    assert run.outcomes == {"failed": 1}
    assert "isolated-loop: why" not in run.stdout


FOREIGN = """
    import asyncio
    import pytest

    async def make_future():
        return asyncio.get_running_loop().create_future()  # the future

    async def make_task():
        return asyncio.create_task(asyncio.sleep(60))  # the task

    async def wait_on(lock):
        await lock.acquire()
        try:
            await asyncio.wait_for(lock.acquire(), 0.01)
        except asyncio.TimeoutError:
            pass

    class Holder:
        pass

    @pytest.fixture
    def holder():
        loop = asyncio.new_event_loop()  # the loop
        holder = Holder()
        holder.future = loop.run_until_complete(make_future())
        holder.task = loop.run_until_complete(make_task())
        holder.lock = asyncio.Lock()
        loop.run_until_complete(wait_on(holder.lock))
        yield holder
        loop.close()

    async def test_future(holder):
        await holder.future

    async def test_task(holder):
        await holder.task

    async def test_lock(holder):
        await holder.lock.acquire()
"""


@pytest.mark.parametrize(("name", "made"), [("future", "the future"), ("task", "the task"), ("lock", None)])
def test_where_a_foreign_object_and_its_loop_were_made(suite: Suite, name: str, made: str | None) -> None:
    suite.write(test_a=FOREIGN)
    lines = (suite.path / "test_a.py").read_text().splitlines()

    def line_of(comment: str) -> int:
        return next(number for number, line in enumerate(lines, 1) if line.endswith(f"# {comment}"))

    run = suite.run("--isolated-loop", "-p", "no:asyncio", "-k", name)
    assert run.outcomes["failed"] == 1, run.stdout
    text = run.text_of(f"test_{name}")
    assert f"its own loop was made at {suite.path / 'test_a.py'}:{line_of('the loop')} in holder" in text
    if made is not None:
        assert f"the object was made at {suite.path / 'test_a.py'}:{line_of(made)} in make_{name}" in text


def test_where_a_closed_loop_was_made(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio

            async def test_a():
                loop = asyncio.new_event_loop()
                loop.close()
                loop.call_soon(print)
        """
    )
    run = suite.run("--isolated-loop", "-p", "no:asyncio")
    assert f"the loop was made at {suite.path / 'test_a.py'}:4 in test_a" in run.text_of("test_a")
