"""``run_isolated`` and its async twin: one call, from any code, with the processes that are kept warm for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, overload

from isolated_async_workers.wire.system import call_at_fork

from ..choice.start import StartName
from .calls import call_and_await, call_and_wait
from .dispatcher import Dispatcher
from .options import CallOptions, LoopFactory, check_function
from .supported import check_platform

T = TypeVar("T")

#: Calls of ``run_isolated`` at a time, the number that ``asyncio.to_thread`` has as well; further ones wait their turn.
MOST_AT_A_TIME = min(32, (os.cpu_count() or 1) + 4)

_lock = threading.Lock()
_dispatcher: Dispatcher | None = None


@overload
def run_isolated(
    function: Callable[..., Coroutine[Any, Any, T]],
    /,
    *args: Any,
    timeout: float | None = None,
    start: StartName | None = None,
    loop_factory: LoopFactory | str | None = None,
    **kwargs: Any,
) -> T: ...
@overload
def run_isolated(
    function: Callable[..., T],
    /,
    *args: Any,
    timeout: float | None = None,
    start: StartName | None = None,
    loop_factory: LoopFactory | str | None = None,
    **kwargs: Any,
) -> T: ...
def run_isolated(
    function: Callable[..., Any],
    /,
    *args: Any,
    timeout: float | None = None,
    start: StartName | None = None,
    loop_factory: LoopFactory | str | None = None,
    **kwargs: Any,
) -> Any:
    """Call a function or coroutine function in a process of its own, with one clean event loop, and return its value.

    It may be called anywhere: in a thread, inside a running loop (which then stands still; see
    :func:`run_isolated_async`), in a notebook, under pytest-xdist. Nothing of this process is forked. What the function
    prints is written to ``sys.stdout`` and ``sys.stderr`` when it has ended.

    Args:
        function: anything that cloudpickle can send, lambdas and closures too; what it returns is awaited if it can be.
        args, kwargs: are sent with it.
        timeout: limit in seconds, from the begin of the call in its process; None for no limit.
        start: ``fork`` (default) from an interpreter that is kept warm, or ``spawn`` a fresh one for this call.
        loop_factory: makes the loop, or its dotted name, like ``uvloop.new_event_loop``.

    Raises:
        BaseException: what the function has raised, with the traceback of its process as a note.
        IsolatedTimeout: it took too long; the text says where it stood.
        WorkerCrashed: its process has died.
        NotShippable: something cannot be sent; the text begins with which part, like ``args[1].connection._lock``.
        CouldNotStart: the function has not run.
        ValueError, TypeError: an argument of ours is not allowed.
    """
    __tracebackhide__ = True
    options = CallOptions.check("run_isolated", timeout, start, loop_factory)
    check_function("run_isolated", function)
    return call_and_wait(_default_dispatcher(), options, function, args, kwargs)


@overload
async def run_isolated_async(
    function: Callable[..., Coroutine[Any, Any, T]],
    /,
    *args: Any,
    timeout: float | None = None,
    start: StartName | None = None,
    loop_factory: LoopFactory | str | None = None,
    **kwargs: Any,
) -> T: ...
@overload
async def run_isolated_async(
    function: Callable[..., T],
    /,
    *args: Any,
    timeout: float | None = None,
    start: StartName | None = None,
    loop_factory: LoopFactory | str | None = None,
    **kwargs: Any,
) -> T: ...
async def run_isolated_async(
    function: Callable[..., Any],
    /,
    *args: Any,
    timeout: float | None = None,
    start: StartName | None = None,
    loop_factory: LoopFactory | str | None = None,
    **kwargs: Any,
) -> Any:
    """The same for coroutines of asyncio: the loop goes on meanwhile.

    To cancel the task that awaits it kills the process; it is gone when the task has ended.
    """
    __tracebackhide__ = True
    options = CallOptions.check("run_isolated_async", timeout, start, loop_factory)
    check_function("run_isolated_async", function)
    return await call_and_await(_default_dispatcher(), options, function, args, kwargs)


def _default_dispatcher() -> Dispatcher:
    global _dispatcher
    with _lock:
        if _dispatcher is None or not _dispatcher.is_usable:
            check_platform()
            _dispatcher = Dispatcher(MOST_AT_A_TIME)
        return _dispatcher


def _forget() -> None:
    """In a fork of this process, where another thread may have held the lock."""
    global _lock, _dispatcher
    _lock, _dispatcher = threading.Lock(), None


call_at_fork(after_in_child=_forget)
