"""What users may write, and of which type it is; and what a type checker must refuse.

A line with ``type: ignore`` must be an error for both checkers: where one of them accepts it, its comment is unused,
which is an error as well.
"""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from typing_extensions import assert_type

import isolated_async
from isolated_async import (
    CouldNotStart,
    IsolatedError,
    IsolatedPool,
    IsolatedTimeout,
    LeakWarning,
    NotShippable,
    PoolClosed,
    RemoteError,
    WorkerCrashed,
    isolated_loop,
    run_isolated,
    run_isolated_async,
    shared_fixture,
)

assert_type(isolated_async.__version__, str)


async def fetch(url: str, *, patience: float = 0.0) -> bytes:
    return url.encode()


def double(number: int) -> int:
    return 2 * number


# The marker: what is decorated keeps its type.


@isolated_loop
async def test_bare(tmp_path: str) -> None: ...


@isolated_loop()
def test_called() -> None: ...


@isolated_loop(timeout=5, scope="class", leaks="error", start="spawn", nested="allow")
async def test_with_options(number: int) -> None: ...


@isolated_loop(True, timeout=0.5, scope="module", leaks="ignore", start="fork", nested="explain")
async def test_further_options() -> None: ...


@isolated_loop(scope="function", leaks="warn", loop_factory=asyncio.SelectorEventLoop)
async def test_with_a_factory() -> None: ...


@isolated_loop(False, loop_factory="uvloop.new_event_loop")
def test_opted_out() -> None: ...


@isolated_loop
class TestBare:
    member = 1


@isolated_loop(timeout=None, scope=None, leaks=None, nested=None, loop_factory=None, start=None)
class TestUnderUnittest(unittest.TestCase):
    @isolated_loop(False)
    def test_in_process(self) -> None: ...


with_options: Callable[[int], Coroutine[Any, Any, None]] = test_with_options
assert_type(test_called(), None)
assert_type(TestBare.member, int)
assert_type(TestUnderUnittest().test_in_process(), None)
with_other_options: Callable[[str], object] = test_with_options  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]

# Bare or with options, it stands wherever pytest takes a mark.
pytestmark = isolated_loop
marks_of_a_module = [isolated_loop(timeout=5), pytest.mark.usefixtures("server"), isolated_loop]
parameters = [pytest.param(1, marks=isolated_loop), pytest.param(2, marks=[isolated_loop(start="spawn")])]
assert_type(isolated_loop(), pytest.MarkDecorator)
assert_type(isolated_loop(False), pytest.MarkDecorator)

isolated_loop("class")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
isolated_loop(True, 5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
isolated_loop(enabled=False)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
isolated_loop(limit=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
isolated_loop(timeout="5")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
isolated_loop(scope="session")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
isolated_loop(leaks="fail")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
isolated_loop(nested=True)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
isolated_loop(start="remote")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
isolated_loop(loop_factory=double)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# Shared fixtures: functions and generators, of both kinds.


@shared_fixture
async def server() -> AsyncIterator[str]:
    yield "url"


@shared_fixture()
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield str(tmp_path_factory.mktemp("shared"))


@shared_fixture(scope="session", params=[1, 2], ids=["one", "two"], name="numbered", autouse=True)
async def _numbered(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@shared_fixture(params=("a", "b"), ids=repr)
def letter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


shared_fixture("server")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
shared_fixture(scope="module")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
shared_fixture(params=2)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
shared_fixture(autouse="yes")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
shared_fixture(loop_scope="session")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


# Functions: of a coroutine function, what it returns when it is awaited.

assert_type(run_isolated(fetch, "url"), bytes)
assert_type(run_isolated(fetch, "url", patience=1.0, timeout=5, start="spawn"), bytes)
assert_type(run_isolated(double, 21, loop_factory=asyncio.new_event_loop), int)
assert_type(run_isolated(double, 21, loop_factory="uvloop.new_event_loop", timeout=None), int)
assert_type(run_isolated(lambda: "text"), str)

run_isolated(fetch("url"))  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
run_isolated()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
run_isolated(double, 1, timeout="5")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
run_isolated(double, 1, start="remote")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
run_isolated(double, 1, loop_factory=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


async def in_a_coroutine() -> None:
    assert_type(await run_isolated_async(fetch, "url", timeout=5), bytes)
    assert_type(await run_isolated_async(double, 21), int)
    await run_isolated_async(double, 1, start=1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    async with IsolatedPool("auto") as pool:
        assert_type(pool, IsolatedPool)
        assert_type(await pool.run_async(fetch, "url"), bytes)
        assert_type(await pool.run_async(double, 1), int)


def in_a_pool() -> None:
    with IsolatedPool(workers=4, timeout=5, start="fork", loop_factory="uvloop.new_event_loop") as pool:
        assert_type(pool, IsolatedPool)
        assert_type(pool.run(fetch, "url", patience=1.0), bytes)
        assert_type(pool.run(double, 21), int)
        assert_type(pool.submit(fetch, "url"), Future[bytes])
        assert_type(pool.submit(double, 21), Future[int])
        assert_type(pool.map(fetch, ["url"]), Iterator[bytes])
        assert_type(pool.map(double, range(3)), Iterator[int])
    pool.close()
    IsolatedPool("many")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    IsolatedPool(2, 5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def with_errors() -> None:
    try:
        run_isolated(double, 21)
    except IsolatedTimeout as error:
        is_a_timeout: TimeoutError = error
        assert_type((error.timeout, error.stacks, error.stdout, error.stderr), tuple[float, str, str, str])
        del is_a_timeout
    except WorkerCrashed as error:
        assert_type((error.signal, error.exit_code), tuple[int | None, int | None])
    except RemoteError as error:
        assert_type((error.type_name, error.text, error.traceback), tuple[str, str, str])
    except NotShippable as error:
        is_a_type_error: TypeError = error
        del is_a_type_error
    except (CouldNotStart, PoolClosed) as error:
        assert_type(error, CouldNotStart | PoolClosed)
    except IsolatedError:
        raise


warning: type[Warning] = LeakWarning
