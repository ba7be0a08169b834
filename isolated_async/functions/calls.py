"""The ways to ask a dispatcher for a call: wait for it in a thread, await it in a loop, or get a future."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from typing import Any

from ..endings.deadline import LEAVE_LIMIT_S
from .dispatcher import Dispatcher
from .ended import Ended
from .errors import IsolatedError
from .options import CallOptions
from .running_call import Call
from .shipping import name_of, pack_call

Arguments = tuple[object, ...]
Keywords = dict[str, object]


def call_and_wait(
    dispatcher: Dispatcher, options: CallOptions, function: Callable[..., Any], arguments: Arguments, keywords: Keywords
) -> Any:
    """Call ``function`` there, and return its value or raise its exception here; Ctrl-C ends it."""
    __tracebackhide__ = True
    if dispatcher.is_this_thread:
        raise RuntimeError("this thread serves the pool: a callback of a future must not wait for a call; submit it")
    call, ended = _asked_for(options, function, arguments, keywords)
    try:
        dispatcher.submit(call)
        found = ended.result()
    except IsolatedError:
        # It was not taken, so nothing will end.
        raise
    except BaseException:
        # A KeyboardInterrupt, or what another handler of a signal raises, while this thread waits.
        dispatcher.cancel(call)
        if dispatcher.is_usable:
            concurrent.futures.wait([ended], timeout=LEAVE_LIMIT_S)
        raise
    found.show_output()
    return found.result()


async def call_and_await(
    dispatcher: Dispatcher, options: CallOptions, function: Callable[..., Any], arguments: Arguments, keywords: Keywords
) -> Any:
    """The same without keeping the loop; to cancel the task that awaits it ends it."""
    __tracebackhide__ = True
    call, ended = _asked_for(options, function, arguments, keywords)
    dispatcher.submit(call)
    try:
        # A cancellation must not cancel what tells that nothing is left.
        found = await asyncio.shield(asyncio.wrap_future(ended))
    except BaseException as error:
        dispatcher.cancel(call)
        # Any other is a coroutine that is closed: it must not wait any more.
        if isinstance(error, asyncio.CancelledError):
            await asyncio.wait([asyncio.wrap_future(ended)], timeout=LEAVE_LIMIT_S)
        raise
    found.show_output()
    return found.result()


def call_later(
    dispatcher: Dispatcher, options: CallOptions, function: Callable[..., Any], arguments: Arguments, keywords: Keywords
) -> concurrent.futures.Future[Any]:
    """The future of the call. To cancel it ends the call, also while it runs."""
    future: concurrent.futures.Future[Any] = concurrent.futures.Future()

    def end(ended: Ended) -> None:
        # It never said that it runs: so it can be cancelled until now. False if it was.
        if not future.set_running_or_notify_cancel():
            return
        ended.show_output()
        try:
            future.set_result(ended.result())
        except BaseException as error:  # noqa: BLE001 - whatever the function has raised
            future.set_exception(error)

    call = Call(name_of(function), pack_call(function, arguments, keywords, options.loop_factory), options, end)
    future.add_done_callback(lambda done: dispatcher.cancel(call) if done.cancelled() else None)
    dispatcher.submit(call)
    return future


def _asked_for(
    options: CallOptions, function: Callable[..., Any], arguments: Arguments, keywords: Keywords
) -> tuple[Call, concurrent.futures.Future[Ended]]:
    ended: concurrent.futures.Future[Ended] = concurrent.futures.Future()
    request = pack_call(function, arguments, keywords, options.loop_factory)
    return Call(name_of(function), request, options, ended.set_result), ended
