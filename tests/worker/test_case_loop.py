"""Sync code always has a loop current and idle; the case's own choice of a loop is respected."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import uvloop

from isolated_async_workers.loop.case_loop import CaseLoop
from isolated_async_workers.loop.winding_up import LEFTOVER_GRACE_S


@pytest.fixture
def case_loop() -> Iterator[CaseLoop]:
    case_loop = CaseLoop()
    case_loop.open()
    yield case_loop
    case_loop.close()


def test_the_loop_is_current_and_idle(case_loop: CaseLoop) -> None:
    loop = asyncio.get_event_loop()
    assert not loop.is_running()
    assert loop.run_until_complete(asyncio.sleep(0, 1)) == 1


def test_coroutines_are_driven_on_the_current_loop(case_loop: CaseLoop) -> None:
    async def running() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    assert case_loop.drive(running()) is asyncio.get_event_loop()
    own = asyncio.new_event_loop()
    asyncio.set_event_loop(own)
    assert case_loop.drive(running()) is own
    assert own in case_loop.known_loops()


def test_what_a_call_returns_is_resolved_where_that_is_possible(case_loop: CaseLoop) -> None:
    assert case_loop.resolve(5) == 5
    assert case_loop.resolve(asyncio.sleep(0, "driven")) == "driven"

    async def inside() -> object:
        coroutine = asyncio.sleep(0, "refused")
        with pytest.raises(RuntimeError, match="This event loop is already running"):
            case_loop.resolve(coroutine)
        return await coroutine

    assert case_loop.drive(inside()) == "refused"


def test_a_closed_or_missing_loop_is_replaced(case_loop: CaseLoop) -> None:
    first = asyncio.get_event_loop()
    asyncio.set_event_loop(None)
    case_loop.restore()
    assert asyncio.get_event_loop() is first
    first.close()
    case_loop.restore()
    second = asyncio.get_event_loop()
    assert second is not first
    assert not second.is_closed()


def test_asyncio_run_does_no_harm(case_loop: CaseLoop) -> None:
    asyncio.run(asyncio.sleep(0))
    case_loop.restore()
    assert asyncio.get_event_loop().run_until_complete(asyncio.sleep(0, 1)) == 1


def test_close_cancels_what_is_left_and_closes_every_loop() -> None:
    case_loop = CaseLoop()
    case_loop.open()
    seen = []

    async def background() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def generator() -> object:
        async def numbers() -> object:
            try:
                yield 1
            finally:
                seen.append("generator closed")

        values = numbers()
        await anext(values)  # type: ignore[call-overload]
        return values

    async def start() -> tuple[object, object]:
        return asyncio.create_task(background()), await generator()

    kept = case_loop.drive(start())
    loop = asyncio.get_event_loop()
    case_loop.close()
    assert sorted(seen) == ["cancelled", "generator closed"]
    assert loop.is_closed()
    del kept


def test_close_does_not_wait_for_a_task_that_swallows_its_cancellation() -> None:
    case_loop = CaseLoop()
    case_loop.open()

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue

    async def start() -> object:
        return asyncio.create_task(stubborn())

    task = case_loop.drive(start())
    loop = asyncio.get_event_loop()
    errors: list[dict[str, object]] = []
    loop.set_exception_handler(lambda _, context: errors.append(context))
    before = loop.time()
    case_loop.close()
    assert loop.time() - before >= LEFTOVER_GRACE_S
    assert loop.is_closed()
    del task
    gc.collect()


@pytest.mark.parametrize("further_waits", [0, 3])
def test_close_does_not_wait_for_a_generator_that_does_not_end(further_waits: int) -> None:
    case_loop = CaseLoop()
    case_loop.open()
    seen: list[str] = []

    async def stubborn() -> AsyncIterator[None]:
        try:
            yield
        finally:
            for _ in range(further_waits + 1):
                try:
                    await asyncio.sleep(5)
                    seen.append("has waited")
                except asyncio.CancelledError:
                    seen.append("cancelled")

    async def start() -> AsyncIterator[None]:
        generator = stubborn()
        await generator.__anext__()
        return generator

    generator = case_loop.drive(start())
    loop = asyncio.get_event_loop()
    loop.set_exception_handler(lambda *_: None)
    case_loop.close()
    assert seen == ["cancelled"]
    assert loop.is_closed()
    del generator
    gc.collect()


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_close_is_not_broken_off_by_a_stop_that_is_left(factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
    case_loop = CaseLoop()
    case_loop.factory = factory
    case_loop.open()
    seen: list[str] = []

    async def slow() -> AsyncIterator[None]:
        try:
            yield
        finally:
            await asyncio.sleep(0.01)
            seen.append("ended")

    async def leave() -> AsyncIterator[None]:
        generator = slow()
        await generator.__anext__()
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.stop)
        loop.call_soon(loop.call_soon, loop.stop)
        return generator

    generator = case_loop.drive(leave())
    loop = asyncio.get_event_loop()
    case_loop.close()
    assert seen == ["ended"]
    assert loop.is_closed()
    del generator


def test_a_further_case_is_no_teardown(case_loop: CaseLoop) -> None:
    case_loop.begin_teardown()
    assert case_loop.is_tearing_down
    case_loop.begin_setup()
    assert not case_loop.is_tearing_down
