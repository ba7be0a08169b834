"""How a function is to be called: checked before anything is started."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.system import usable_cpus

from ..choice.allowed import is_dotted_name, is_timeout
from ..choice.start import DEFAULT_START, STARTS, WHY_NOT_ALL, StartName

if TYPE_CHECKING:
    import asyncio

LoopFactory = Callable[[], "asyncio.AbstractEventLoop"]

#: More processes than that no machine runs at the same time.
_MOST_WORKERS = 999


@dataclass(frozen=True, slots=True)
class CallOptions:
    """Of one call, or of all calls of a pool.

    Attributes:
        timeout: seconds; None for no limit.
        start: ``fork`` from a warm interpreter, or ``spawn`` a fresh one.
        loop_factory: what makes the loop, or its dotted name; None for asyncio itself.
    """

    timeout: float | None
    start: StartName
    loop_factory: LoopFactory | str | None

    @classmethod
    def check(cls, asked_by: str, timeout: object, start: object, loop_factory: Any) -> CallOptions:
        """The options, if they are allowed.

        Raises:
            ValueError: a value is not allowed.
            TypeError: it is not of a type that is.
        """
        if timeout is not None and not is_timeout(timeout):
            raise _wrong(asked_by, "timeout", timeout, "seconds above 0, a month at most, or None", (int, float))
        if start is not None and start not in STARTS:
            raise _wrong(asked_by, "start", start, " or ".join([*map(repr, STARTS), "None"]) + WHY_NOT_ALL, (str,))
        is_name = isinstance(loop_factory, str) and is_dotted_name(loop_factory)
        if loop_factory is not None and not callable(loop_factory) and not is_name:
            allowed = "a callable that makes a new event loop, its dotted name like 'uvloop.new_event_loop', or None"
            raise _wrong(asked_by, "loop_factory", loop_factory, allowed, (str,))
        return cls(timeout, start or DEFAULT_START, loop_factory)  # type: ignore[arg-type] # checked above


def check_function(asked_by: str, function: object) -> None:
    """Make sure that ``function`` can be called.

    Raises:
        TypeError: it cannot. A coroutine object, which is what remains of a function that was called here, is closed.
    """
    if inspect.iscoroutine(function):
        function.close()
        name = function.__qualname__
        raise TypeError(f"{asked_by} got a coroutine object of {name}(); pass the function itself: {name}, *arguments")
    if not callable(function):
        raise TypeError(
            f"{asked_by} got {function!r}, which cannot be called; allowed: a function or coroutine function"
        )


def check_workers(workers: object) -> int:
    """How many processes ``workers`` means: a number, or ``auto``, as many as this process has processors.

    Raises:
        ValueError, TypeError: neither.
    """
    if workers == "auto":
        return usable_cpus()
    if not isinstance(workers, int) or isinstance(workers, bool) or not 1 <= workers <= _MOST_WORKERS:
        raise _wrong(
            "IsolatedPool", "workers", workers, f"a whole number from 1 to {_MOST_WORKERS}, or 'auto'", (int, str)
        )
    return workers


def _wrong(asked_by: str, name: str, value: object, allowed: str, types: tuple[type, ...]) -> Exception:
    kind = ValueError if isinstance(value, types) and not isinstance(value, bool) else TypeError
    return kind(f"{asked_by} got {name}={value!r}; allowed: {allowed}")
