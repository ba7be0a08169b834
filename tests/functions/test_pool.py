"""``IsolatedPool``: so many at a time, each in a process of its own, and nothing left when it is closed."""

from __future__ import annotations

import asyncio
import concurrent.futures
import errno
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from isolated_async import CouldNotStart, IsolatedPool, NotShippable, PoolClosed, WorkerCrashed

from .conftest import descendants, is_alive, wait_until


async def square(number: int) -> int:
    await asyncio.sleep(0)
    return number * number


def _meet(directory: Path, number: int, count: int) -> int:
    """Return when ``count`` of these run at the same time."""
    (directory / str(number)).touch()
    while len(list(directory.iterdir())) < count:
        time.sleep(0.005)
    return os.getpid()


def _alone(directory: Path, _: int) -> int:
    """Fail if another one of these runs at the same time."""
    (directory / "here").mkdir()
    time.sleep(0.01)
    (directory / "here").rmdir()
    return os.getpid()


def _slow_first(number: int) -> int:
    time.sleep(0 if number else 0.1)
    return number


def _hang(directory: Path) -> None:
    (directory / f"{os.getpid()}").touch()
    time.sleep(1000)


def _hang_with(directory: Path, _: object) -> None:
    _hang(directory)


def _pids(directory: Path) -> list[int]:
    return [int(path.name) for path in directory.iterdir()]


def test_so_many_at_a_time_and_in_order(tmp_path: Path) -> None:
    with IsolatedPool(workers=3) as pool:
        assert pool.run(square, 3) == 9
        met = list(pool.map(_meet, [tmp_path] * 3, range(3), [3] * 3))
        # The first one ends last.
        assert list(pool.map(_slow_first, range(7))) == list(range(7))
    with IsolatedPool(workers=1) as pool:
        alone = list(pool.map(_alone, [tmp_path] * 4, range(4)))
    assert len({*met, *alone, os.getpid()}) == 8
    with IsolatedPool() as pool:
        assert list(pool.map(square, [])) == []


def test_nothing_is_left(tmp_path: Path) -> None:
    before = (descendants(), len(os.listdir("/proc/self/fd")), threading.enumerate())
    with IsolatedPool(2) as pool:
        running = [pool.submit(_hang, tmp_path) for _ in range(3)]
        wait_until(lambda: len(_pids(tmp_path)) == 2)
        assert "isolated-async functions" in [thread.name for thread in threading.enumerate() if thread.daemon]
    assert (descendants(), len(os.listdir("/proc/self/fd")), threading.enumerate()) == before
    for future in running:
        with pytest.raises(PoolClosed, match="the pool was closed before the function had returned"):
            future.result(timeout=0)
    assert len(_pids(tmp_path)) == 2  # The third one has never begun.
    pool.close()
    with pytest.raises(PoolClosed, match="the pool is closed"):
        pool.run(square, 1)
    with pytest.raises(PoolClosed, match="the pool is closed"):
        pool.submit(square, 1)


def test_futures(tmp_path: Path) -> None:
    with IsolatedPool(workers=2) as pool:
        futures = [pool.submit(square, number) for number in range(5)]
        assert sorted(future.result() for future in concurrent.futures.as_completed(futures)) == [0, 1, 4, 9, 16]
        error = pool.submit(lambda: 1 / 0).exception()
        assert isinstance(error, ZeroDivisionError)
        assert isinstance(pool.submit(os._exit, 1).exception(), WorkerCrashed)
        with pytest.raises(NotShippable, match=r"args\[0\]: cannot pickle"):
            pool.submit(print, threading.Lock())
        hanging = [pool.submit(_hang, tmp_path) for _ in range(3)]
        wait_until(lambda: len(_pids(tmp_path)) == 2)
        assert all(future.cancel() for future in hanging)
        assert concurrent.futures.wait(hanging, timeout=30).not_done == set()
        wait_until(lambda: not [pid for pid in _pids(tmp_path) if is_alive(pid)])
        assert pool.run(square, 2) == 4
        assert len(_pids(tmp_path)) == 2


def test_a_callback_may_submit_and_must_not_wait() -> None:
    found: concurrent.futures.Future[Any] = concurrent.futures.Future()

    with IsolatedPool(workers=1) as pool:

        def on_done(_: object) -> None:
            with pytest.raises(RuntimeError, match="this thread serves the pool"):
                pool.run(square, 1)
            pool.submit(square, 3).add_done_callback(lambda done: found.set_result(done.result()))

        pool.submit(square, 2).add_done_callback(on_done)
        assert found.result(timeout=30) == 9


def test_a_map_that_fails_ends_the_rest(tmp_path: Path) -> None:
    def fail_or_hang(number: int) -> int:
        if number == 1:
            wait_until(lambda: len(_pids(tmp_path)) == 1)
            raise LookupError
        if number == 2:
            _hang(tmp_path)
        return number

    with IsolatedPool(workers=3) as pool:
        values = pool.map(fail_or_hang, range(3))
        assert next(values) == 0
        with pytest.raises(LookupError):
            next(values)
        wait_until(lambda: not is_alive(_pids(tmp_path)[0]))


def test_a_map_that_is_closed_before_its_first_value_ends_all(tmp_path: Path) -> None:
    with IsolatedPool(workers=1) as pool:
        values = pool.map(_hang, [tmp_path] * 2)
        wait_until(lambda: _pids(tmp_path))
        values.close()  # type: ignore[attr-defined] # a generator has it too
        assert list(values) == []
        # There is room for this one.
        assert pool.run(square, 2) == 4
        # Nobody has it any more.
        pool.map(_hang, [tmp_path] * 2)
        assert pool.run(square, 3) == 9


def test_a_map_that_cannot_send_all_it_has_got_calls_nothing(tmp_path: Path) -> None:
    with IsolatedPool(workers=1) as pool:
        with pytest.raises(NotShippable) as caught:
            pool.map(_hang_with, [tmp_path] * 2, [None, threading.Lock()])
        assert pool.run(square, 2) == 4
        # Whoever keeps that keeps what the call of map has had.
        assert caught.value.__traceback__ is not None


def test_without_descriptors_for_the_pool_a_call_fails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with IsolatedPool(workers=1) as pool:
        with monkeypatch.context() as patches:
            patches.setattr(socket, "socketpair", _no_descriptors)
            patches.setattr(concurrent.futures, "wait", lambda *_, **__: pytest.fail("nothing was asked for"))
            for call in (pool.run, pool.submit):
                with pytest.raises(CouldNotStart, match="there are no descriptors for the pool: Too many open files"):
                    call(square, 2)
        # They may be there later.
        assert pool.run(square, 2) == 4


def _no_descriptors() -> None:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def test_in_a_loop(tmp_path: Path) -> None:
    async def main() -> None:
        async with IsolatedPool(workers=2) as pool:
            assert await asyncio.gather(*(pool.run_async(square, number) for number in range(4))) == [0, 1, 4, 9]
            assert await asyncio.wrap_future(pool.submit(square, 5)) == 25
            awaited = asyncio.wrap_future(pool.submit(_hang, tmp_path))
            while not _pids(tmp_path):
                await asyncio.sleep(0.01)
            awaited.cancel()
            while is_alive(_pids(tmp_path)[0]):
                await asyncio.sleep(0.01)
            closed_meanwhile = asyncio.create_task(pool.run_async(time.sleep, 1000))
            await asyncio.sleep(0.1)
        with pytest.raises(PoolClosed):
            await closed_meanwhile

    before = descendants()
    asyncio.run(main())
    assert descendants() == before


def test_its_options_are_those_of_all_calls() -> None:
    with IsolatedPool(1, timeout=0.2, start="spawn", loop_factory="uvloop.new_event_loop") as pool:
        assert pool.run(lambda *, timeout: (timeout, type(asyncio.get_event_loop()).__module__), timeout=9) == (
            9,
            "uvloop",
        )
        with pytest.raises(TimeoutError):
            pool.run(time.sleep, 1000)
        assert len(descendants()) == 0


@pytest.mark.parametrize(
    ("workers", "error"),
    [(0, ValueError), (1000, ValueError), ("many", ValueError), (1.5, TypeError), (True, TypeError)],
)
def test_bad_numbers_of_workers(workers: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        IsolatedPool(workers)
    assert (
        str(caught.value) == f"IsolatedPool got workers={workers!r}; allowed: a whole number from 1 to 999, or 'auto'"
    )
    with pytest.raises(TypeError, match=r"IsolatedPool\.submit got 3, which cannot be called"):
        IsolatedPool(1).submit(3)  # type: ignore[call-overload]
