"""``IsolatedPool``: many calls, each in a process of its own, so many at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Literal, TypeVar, overload

from ..choice.start import StartName
from .calls import call_and_await, call_and_wait, call_later
from .dispatcher import Dispatcher
from .options import CallOptions, LoopFactory, check_function, check_workers
from .supported import check_platform

T = TypeVar("T")


class IsolatedPool:
    """Calls functions in processes of their own, ``workers`` at a time.

    It is a context manager, sync and async. To leave it kills what has not ended, and nothing that it has started is
    left then. A thread of its own, a daemon, serves it from the first call on.

    Every argument after the function goes to the function: limit, start and loop are the pool's.
    """

    def __init__(
        self,
        workers: int | Literal["auto"] = "auto",
        *,
        timeout: float | None = None,
        start: StartName | None = None,
        loop_factory: LoopFactory | str | None = None,
    ) -> None:
        """``workers`` is a number, or ``auto``: as many as there are processors; the rest is as for ``run_isolated``.

        Raises:
            ValueError, TypeError: an argument is not allowed.
            CouldNotStart: this platform is not supported.
        """
        self._options = CallOptions.check("IsolatedPool", timeout, start, loop_factory)
        count = check_workers(workers)
        check_platform()
        self._dispatcher = Dispatcher(count)

    @overload
    def run(self, function: Callable[..., Coroutine[Any, Any, T]], /, *args: Any, **kwargs: Any) -> T: ...
    @overload
    def run(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T: ...
    def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call ``function``, wait for it, and return its value; raises what ``run_isolated`` raises, and PoolClosed."""
        __tracebackhide__ = True
        check_function("IsolatedPool.run", function)
        return call_and_wait(self._dispatcher, self._options, function, args, kwargs)

    @overload
    async def run_async(self, function: Callable[..., Coroutine[Any, Any, T]], /, *args: Any, **kwargs: Any) -> T: ...
    @overload
    async def run_async(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T: ...
    async def run_async(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """The same for coroutines of asyncio; to cancel the task that awaits it kills the process."""
        __tracebackhide__ = True
        check_function("IsolatedPool.run_async", function)
        return await call_and_await(self._dispatcher, self._options, function, args, kwargs)

    @overload
    def submit(self, function: Callable[..., Coroutine[Any, Any, T]], /, *args: Any, **kwargs: Any) -> Future[T]: ...
    @overload
    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]: ...
    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have ``function`` called, and return the future of its value or exception.

        To cancel the future kills its process, also while the function runs: so does to cancel what
        ``asyncio.wrap_future`` makes of it. Its callbacks run in the pool's thread, and must not wait for a call there.

        Raises:
            NotShippable: something in it cannot be sent.
            PoolClosed: it is too late.
        """
        check_function("IsolatedPool.submit", function)
        return call_later(self._dispatcher, self._options, function, args, kwargs)

    @overload
    def map(self, function: Callable[..., Coroutine[Any, Any, T]], /, *iterables: Iterable[Any]) -> Iterator[T]: ...
    @overload
    def map(self, function: Callable[..., T], /, *iterables: Iterable[Any]) -> Iterator[T]: ...
    def map(self, function: Callable[..., Any], /, *iterables: Iterable[Any]) -> Iterator[Any]:
        """Call ``function`` with the items of ``iterables``, as ``map`` does, and yield the values in that order.

        All calls are asked for at once. The first one that raises raises here, and ends those that come after it; to
        close the iterator does so too.
        """
        values = _InOrder()
        try:
            for arguments in zip(*iterables, strict=False):
                values.expect(self.submit(function, *arguments))
        except BaseException:
            values.close()
            raise
        return values

    def close(self) -> None:
        """Kill what has not ended; its futures and waiters get PoolClosed. Returns when nothing is left."""
        self._dispatcher.close()

    def __enter__(self) -> IsolatedPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> IsolatedPool:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # It takes milliseconds, which other tasks may use.
        await asyncio.to_thread(self.close)


class _InOrder(Iterator[Any]):
    """The values of calls in the order in which they were asked for. A generator that has not begun could end none."""

    def __init__(self) -> None:
        self._futures: deque[Future[Any]] = deque()

    def expect(self, future: Future[Any]) -> None:
        """Its value is the last one, until there is another."""
        self._futures.append(future)

    def __next__(self) -> Any:
        if not self._futures:
            raise StopIteration
        try:
            value = self._futures[0].result()
        except BaseException:
            self.close()
            raise
        # Not kept once it is taken: values may be large.
        self._futures.popleft()
        return value

    def close(self) -> None:
        """End what has not ended: nobody takes its value."""
        while self._futures:
            self._futures.popleft().cancel()

    def __del__(self) -> None:
        self.close()
