"""Where things were made is known exactly, costs nothing before it is asked for, and goes when they go."""

from __future__ import annotations

import asyncio
import concurrent.futures
import dataclasses
import gc
import os
import subprocess
import sys
import threading
import unittest
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from isolated_async_workers.leaks.origins import Origins, place_of_coroutine
from isolated_async_workers.places import Owner, Place, is_machinery, last_place, owner_of


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Origins]:
    """A worker never takes its patches back; here they are gone when the test is over."""
    origins = Origins()
    patch = origins._patch

    def patch_for_this_test(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        monkeypatch.setattr(owner, name, getattr(owner, name))
        patch(owner, name, make)

    monkeypatch.setattr(origins, "_patch", patch_for_this_test)
    # What it does at a fork is for good.
    monkeypatch.setattr(origins, "_started", False)
    calls = sys.get_coroutine_origin_tracking_depth()
    origins.install()
    for kind, _ in origins._create_future:
        monkeypatch.setattr(kind, "create_future", kind.create_future)
    yield origins
    sys.set_coroutine_origin_tracking_depth(calls)


@pytest.fixture
def origins(installed: Origins) -> Origins:
    installed.start()
    return installed


def _here() -> int:
    return sys._getframe(1).f_lineno


def _run(function: Callable[[], Any]) -> Any:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(function())
    finally:
        loop.close()


def test_loops_futures_and_tasks(origins: Origins) -> None:
    loop, line = asyncio.new_event_loop(), _here()

    async def make() -> None:
        future, at = asyncio.get_running_loop().create_future(), _here()
        assert origins.place_of(future) == Place(__file__, at, "make")
        task, at = asyncio.create_task(asyncio.sleep(0)), _here()
        assert origins.place_of(task) == Place(__file__, at, "make")
        await task
        assert origins.place_of(task) == Place(__file__, at, "make")
        event = asyncio.Event()
        waiting, at = event.wait(), _here()
        waiter = asyncio.create_task(waiting)
        await asyncio.sleep(0)
        assert origins.place_of(waiter) == Place(__file__, at, "make")
        waiter.cancel()

    loop.run_until_complete(make())
    assert origins.place_of(loop) == Place(__file__, line, "test_loops_futures_and_tasks")
    loop.close()


def test_what_asyncio_makes_for_the_user_is_the_users(origins: Origins) -> None:
    async def wait(queue: asyncio.Queue[int]) -> None:
        await queue.get()

    async def make() -> Place | None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        task = asyncio.create_task(wait(queue))
        await asyncio.sleep(0)
        (getter,) = queue._getters  # type: ignore[attr-defined]
        task.cancel()
        return origins.place_of(getter)

    assert _run(make) == Place(__file__, wait.__code__.co_firstlineno + 1, "wait")


def test_what_a_dataclass_makes_was_made_where_that_is_called(origins: Origins) -> None:
    @dataclasses.dataclass
    class Client:
        loop: asyncio.AbstractEventLoop = dataclasses.field(default_factory=asyncio.new_event_loop)

    line = _here() + 1
    client = Client()
    assert origins.place_of(client.loop) == Place(
        __file__, line, "test_what_a_dataclass_makes_was_made_where_that_is_called"
    )
    client.loop.close()


def test_what_code_without_a_file_makes_was_made_there(origins: Origins) -> None:
    """A suite may write its tests by ``exec``: no caller of theirs is the user's."""
    names: dict[str, Any] = {}
    exec("import asyncio\n\ndef test_it():\n    global loop\n    loop = asyncio.new_event_loop()", names)
    thread = threading.Thread(target=names["test_it"])
    thread.start()
    thread.join()
    loop = names["loop"]
    assert origins.place_of(loop) == Place("<string>", 5, "test_it")
    assert origins.is_of_the_test(loop)
    loop.close()


def test_threads_pools_generators_and_processes(origins: Origins) -> None:
    thread = threading.Thread(target=int)
    (thread.start(), line := _here())  # type: ignore[func-returns-value]
    thread.join()
    assert origins.place_of(thread) == Place(__file__, line, "test_threads_pools_generators_and_processes")
    pool, line = concurrent.futures.ThreadPoolExecutor(), _here()
    assert origins.place_of(pool) == Place(__file__, line, "test_threads_pools_generators_and_processes")
    process, line = subprocess.Popen(["true"]), _here()
    process.wait()
    assert origins.place_of_process(process.pid) == Place(__file__, line, "test_threads_pools_generators_and_processes")

    async def numbers() -> Any:
        yield 1

    async def make() -> tuple[Place | None, int]:
        generator = numbers()
        _, line = await generator.__anext__(), _here()
        await generator.aclose()
        return origins.place_of(generator), line

    place, line = _run(make)
    assert place == Place(__file__, line, "make")


def test_a_fork_is_known_by_the_child_it_made(origins: Origins) -> None:
    child, line = os.fork(), _here()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert origins.place_of_process(child) == Place(__file__, line, "test_a_fork_is_known_by_the_child_it_made")


def test_nothing_is_kept_alive_and_nothing_grows(origins: Origins) -> None:
    loop = asyncio.new_event_loop()
    kept = len(list(origins.things()))
    futures = [weakref.ref(loop.create_future()) for _ in range(1000)]
    assert not any(reference() for reference in futures)

    async def numbers() -> Any:
        yield 1

    async def make() -> None:
        for _ in range(1000):
            generator = numbers()
            await generator.__anext__()
            await generator.aclose()

    loop.run_until_complete(make())
    loop.close()
    gc.collect()
    assert len(list(origins.things())) == kept
    assert len(origins._things) <= kept + 1  # The last generator, if its frame is still there


def test_an_id_that_is_used_again_is_another_thing(origins: Origins) -> None:
    for _ in range(100):
        thread = threading.Thread(target=int)
        assert origins.place_of(thread) is None
        thread.start()
        thread.join()
        assert origins.place_of(thread) is not None
        del thread


@pytest.mark.parametrize("thing", [None, 5, object(), "text", asyncio, Path()])
def test_of_anything_else_nothing_is_known(origins: Origins, thing: object) -> None:
    assert origins.place_of(thing) is None


def test_a_mock_is_not_asked(origins: Origins) -> None:
    from unittest import mock

    assert origins.place_of(mock.MagicMock()) is None


def test_installed_but_not_started_it_keeps_nothing(installed: Origins) -> None:
    before = asyncio.BaseEventLoop.create_future
    assert sys.get_coroutine_origin_tracking_depth() == 0
    loop = asyncio.new_event_loop()
    assert not hasattr(loop.create_future(), "_isolated_async_origin")
    assert installed.place_of(loop) is None
    assert not list(installed.things())
    loop.close()
    installed.start()
    assert asyncio.BaseEventLoop.create_future is not before
    assert sys.get_coroutine_origin_tracking_depth() > 0


def test_a_coroutine_that_nobody_is_known_to_have_made_has_its_definition() -> None:
    async def alone() -> None: ...

    coroutine: Any = alone()
    assert coroutine.cr_origin is None
    assert place_of_coroutine(coroutine) == Place(__file__, alone.__code__.co_firstlineno, "alone")
    coroutine.close()


@pytest.mark.parametrize(
    ("filename", "owner"),
    [
        (asyncio.__file__, Owner.MACHINERY),
        ("<frozen importlib._bootstrap>", Owner.MACHINERY),
        ("<string>", Owner.MACHINERY),
        ("<attrs generated init test_it.Client>", Owner.MACHINERY),
        ("<stdin>", Owner.USER),
        (pytest.__file__.replace("/pytest/", "/_pytest/"), Owner.MACHINERY),
        ("/venv/lib/python3.12/site-packages/aiohttp/client.py", Owner.LIBRARY),
        (r"C:\venv\Lib\site-packages\aiohttp\client.py", Owner.LIBRARY),
        (r"C:\venv\Lib\site-packages\_pytest\python.py", Owner.MACHINERY),
        ("/home/me/asyncio/test_it.py", Owner.USER),
        ("/home/me/unittest/test_it.py", Owner.USER),
        (__file__, Owner.USER),
    ],
)
def test_who_owns_a_file(filename: str, owner: Owner) -> None:
    assert owner_of(filename) is owner


def test_a_failure_is_not_placed_in_what_a_dataclass_has_written() -> None:
    raises: Any = "no function".index
    kind = dataclasses.make_dataclass("Made", [("value", int, dataclasses.field(default_factory=raises))])
    with pytest.raises(TypeError) as caught:
        kind()
    place = last_place(caught.tb)
    assert isinstance(place, Place)
    assert place.filename == __file__


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        (asyncio.base_events.__file__, True),
        (unittest.__file__, True),
        (pytest.__file__.replace("/pytest/", "/_pytest/"), True),
        ("/home/me/tests/asyncio/test_it.py", False),
        ("/home/me/tests/unittest/test_it.py", False),
        ("/venv/lib/python3.12/site-packages/redis/asyncio/client.py", False),
        (__file__, False),
    ],
)
def test_what_is_machinery(filename: str, expected: bool) -> None:
    namespace: dict[str, Any] = {}
    exec(compile("import sys\nframe = sys._getframe()", filename, "exec"), namespace)
    assert is_machinery(namespace["frame"]) is expected
