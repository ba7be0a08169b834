"""A loop that sleeps although something is ready is told from one that waits as it should."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from isolated_async_workers.loop.unwoken_loop import explain_unwoken_loop


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What is told at each SIGUSR1 in this process; with it, the loop wakes."""
    answers: list[str] = []

    def ask(number: int, frame: object) -> None:
        answers.append(explain_unwoken_loop(frame))
        asyncio.get_running_loop().call_soon_threadsafe(int)

    before = signal.signal(signal.SIGUSR1, ask)
    yield answers
    signal.signal(signal.SIGUSR1, before)


def _ask_soon(first: Callable[[], object] = lambda: None) -> threading.Thread:
    def ask() -> None:
        # The loop has gone to sleep meanwhile; if not, it is not asked in its sleep, and the test fails.
        threading.Event().wait(0.2)
        first()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def test_a_call_of_another_thread_has_not_woken_it(told: list[str]) -> None:
    async def wait() -> None:
        done = asyncio.Event()
        thread = _ask_soon(done.set)
        await done.wait()
        thread.join()

    asyncio.run(wait())
    (why,) = told
    assert "although something is ready" in why
    assert "thread-and-loop" in why


@pytest.mark.parametrize("limit_s", [None, 60])
def test_it_waits_for_what_has_not_come(told: list[str], limit_s: float | None) -> None:
    async def wait() -> None:
        done = asyncio.Event()
        loop = asyncio.get_running_loop()
        thread = _ask_soon()
        loop.call_later(0.5, done.set)
        await asyncio.wait_for(done.wait(), limit_s)
        thread.join()

    asyncio.run(wait())
    assert told == [""]


def test_it_looks_for_news_while_something_is_ready() -> None:
    async def busy() -> str:
        loop = asyncio.get_running_loop()
        loop.call_soon(int)
        assert loop._ready  # type: ignore[attr-defined]
        return explain_unwoken_loop(_frame_of_a_selector(timeout=0))

    assert asyncio.run(busy()) == ""


def test_no_loop_runs() -> None:
    assert explain_unwoken_loop(_frame_of_a_selector(timeout=None)) == ""


def _frame_of_a_selector(timeout: float | None) -> object:
    """As it stands in ``select``."""
    namespace = {"__name__": "selectors"}
    exec("import sys\ndef select(timeout):\n    return sys._getframe()", namespace)
    select: Callable[[float | None], object] = namespace["select"]  # type: ignore[assignment]
    return select(timeout)
