"""One task for all async parts of a case."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Callable, Iterator

import pytest

from isolated_async_workers.loop.case_task import CaseTask

number = contextvars.ContextVar("number", default=0)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def task(loop: asyncio.AbstractEventLoop) -> Iterator[CaseTask]:
    task = CaseTask(loop)
    yield task
    task.stop()


async def current() -> object:
    return asyncio.current_task()


def test_every_part_runs_in_the_same_task_on_the_loop(task: CaseTask, loop: asyncio.AbstractEventLoop) -> None:
    first = task.run(current())
    assert first is task.run(current())
    assert isinstance(first, asyncio.Task)
    assert first.get_loop() is loop
    assert task.owns(first)
    assert not loop.is_running()


@pytest.mark.parametrize(
    "error", [ValueError("x"), SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError(), GeneratorExit()]
)
def test_what_a_part_raises_is_raised_and_the_task_goes_on(task: CaseTask, error: BaseException) -> None:
    async def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        task.run(fail())
    assert caught.value is error
    assert task.run(asyncio.sleep(0, "after")) == "after"


def _stop(loop: asyncio.AbstractEventLoop) -> None:
    loop.stop()


def _exit(loop: asyncio.AbstractEventLoop) -> None:
    raise SystemExit(3)


@pytest.mark.parametrize(("break_off", "error"), [(_stop, RuntimeError), (_exit, SystemExit)])
def test_a_part_that_a_callback_broke_off_does_not_keep_the_next_one_waiting(
    task: CaseTask,
    loop: asyncio.AbstractEventLoop,
    break_off: Callable[[asyncio.AbstractEventLoop], None],
    error: type[BaseException],
) -> None:
    ended = []

    async def wait() -> None:
        loop.call_soon(break_off, loop)
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def cancellations() -> int:
        # Python 3.11 and later count them.
        return int(getattr(asyncio.current_task(), "cancelling", int)())

    with pytest.raises(error):
        task.run(wait())
    assert ended == [True]
    assert task.run(cancellations()) == 0


def test_a_broken_part_that_breaks_the_loop_again_is_left_to_the_end(
    task: CaseTask, loop: asyncio.AbstractEventLoop
) -> None:
    async def wait() -> None:
        loop.call_soon(loop.stop)
        try:
            await asyncio.sleep(60)
        finally:
            loop.call_soon(loop.stop)
            await asyncio.sleep(60)

    with pytest.raises(RuntimeError):
        task.run(wait())
    assert task.run(asyncio.sleep(0, "after")) == "after"
    left = asyncio.all_tasks(loop)
    assert len(left) == 2
    for each in left:
        if not task.owns(each):
            each.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                loop.run_until_complete(each)


def test_context_variables_reach_the_next_part_and_sync_code_both_ways(task: CaseTask) -> None:
    async def add() -> int:
        number.set(number.get() + 1)
        return number.get()

    def check() -> None:
        assert task.run(add()) == 1
        assert number.get() == 1
        number.set(10)
        assert task.run(add()) == 11
        assert number.get() == 11

    contextvars.copy_context().run(check)


def test_a_token_can_be_reset_by_a_later_part(task: CaseTask) -> None:
    tokens = []

    async def set_up() -> None:
        tokens.append(number.set(5))

    async def tear_down() -> int:
        number.reset(tokens.pop())
        return number.get()

    def check() -> None:
        task.run(set_up())
        assert task.run(tear_down()) == 0

    contextvars.copy_context().run(check)


def test_a_cancellation_between_parts_reaches_the_next_part_once(
    task: CaseTask, loop: asyncio.AbstractEventLoop
) -> None:
    served = task.run(current())
    assert isinstance(served, asyncio.Task)
    served.cancel()
    with pytest.raises(asyncio.CancelledError):
        task.run(asyncio.sleep(0))
    assert task.run(asyncio.sleep(0, "after")) == "after"


def test_background_tasks_live_from_part_to_part(task: CaseTask) -> None:
    async def start() -> asyncio.Task[str]:
        return asyncio.create_task(asyncio.sleep(0.01, "done"))

    background = task.run(start())

    async def wait() -> str:
        return await background

    assert task.run(wait()) == "done"


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    pending = asyncio.all_tasks(loop)
    for each in pending:
        each.cancel()
    loop.run_until_complete(asyncio.wait_for(asyncio.gather(*pending, return_exceptions=True), 5))


def test_a_teardown_may_cancel_every_task_and_wait_for_them(task: CaseTask, loop: asyncio.AbstractEventLoop) -> None:
    task.run(current())
    task.begin_teardown()
    for _ in range(2):
        _cancel_all(loop)
        assert task.run(asyncio.sleep(0, "finalizer")) == "finalizer"


def test_cancelled_while_idle_by_sync_code_of_the_test(task: CaseTask, loop: asyncio.AbstractEventLoop) -> None:
    task.run(current())
    _cancel_all(loop)
    with pytest.raises(asyncio.CancelledError):
        task.run(asyncio.sleep(0))
    assert task.run(asyncio.sleep(0, "after")) == "after"
