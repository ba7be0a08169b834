"""Why a classic event loop failure happened, for the report: one sentence, the places in the code, what to change.

Everything is read off the exception's own traceback, so it costs nothing until a test fails, and works for every loop.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType

from .places import Place, frames_of, is_machinery

#: Functions of asyncio that run a loop.
_RUNS = ("run", "run_until_complete", "run_forever")


@dataclass(frozen=True, slots=True)
class _Classic:
    """One kind of failure: how its message is recognised, and what is said about it."""

    message: re.Pattern[str]
    explain: Callable[[TracebackType | None], str]


def explain(error: BaseException) -> str | None:
    """What to say about ``error``, or about the first of its causes that is a classic; None if there is none."""
    for each in _chain(error):
        for classic in _CLASSICS:
            if classic.message.search(_text(each)):
                return classic.explain(each.__traceback__)
    return None


def close_rejected_coroutines(error: BaseException) -> None:
    """Close the coroutines that a loop refused to run, so that no "never awaited" follows the failure itself."""
    for each in _chain(error):
        for frame, _ in frames_of(each.__traceback__):
            for value in list(frame.f_locals.values()):
                if inspect.iscoroutine(value) and inspect.getcoroutinestate(value) == inspect.CORO_CREATED:
                    value.close()


def _nested_run(traceback: TracebackType | None) -> str:
    runs = list(_runs(traceback))
    nested = runs[-1] if runs else _last_place(traceback)
    outer = runs[0] if len(runs) > 1 else None
    return "\n".join(
        [
            "A loop was started while another one was running in the same thread; asyncio does not nest loops.",
            f"  nested run: {nested}",
            f"  outer run:  {outer or 'the test itself: its coroutine is running'}",
            "What to do: await the coroutine there instead of running it. If the caller is sync, make it async, or "
            "call it from sync code: a sync test or a sync fixture finds the loop of the test idle.",
        ]
    )


def _no_current_loop(traceback: TracebackType | None) -> str:
    return _one_place(
        traceback,
        "No event loop is current in this thread: it is not the main thread, or the test itself has unset it.",
        "asked for in",
        "ask for the running loop inside a coroutine (asyncio.get_running_loop()), or hand the loop to the thread.",
    )


def _closed_loop(traceback: TracebackType | None) -> str:
    return _one_place(
        traceback,
        "The loop was closed before this line used it, by this test or its fixtures: no other test shares it.",
        "used in",
        "close the loop after its last use (in the last finalizer), or leave closing to the runner.",
    )


def _other_loop(traceback: TracebackType | None) -> str:
    return _one_place(
        traceback,
        "An object that belongs to one loop was awaited on another. Code that runs a loop of its own (asyncio.run, "
        "new_event_loop) in set-up makes objects that the test's loop cannot use.",
        "awaited in",
        "make the object on the loop that uses it: in the test, in an async fixture, or with the current loop.",
    )


def _one_place(traceback: TracebackType | None, what: str, verb: str, mend: str) -> str:
    return f"{what}\n  {verb} {_last_place(traceback)}\nWhat to do: {mend}"


_CLASSICS = (
    _Classic(
        re.compile(
            r"This event loop is already running|cannot be called from a running event loop"
            r"|Cannot run the event loop while another loop is running"
        ),
        _nested_run,
    ),
    _Classic(re.compile(r"There is no current event loop|no running event loop"), _no_current_loop),
    _Classic(re.compile(r"Event loop is closed"), _closed_loop),
    _Classic(
        re.compile(r"attached to a different loop|bound to a different event loop|different loop than"), _other_loop
    ),
)


def _text(error: BaseException) -> str:
    if not isinstance(error, (RuntimeError, ValueError)):
        return ""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a user's exception with a broken __str__ is none of the classics
        return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def _places(traceback: TracebackType | None) -> Iterator[Place]:
    """The lines of the user's on the way to the failure, outermost first."""
    for frame, lineno in frames_of(traceback):
        if not is_machinery(frame):
            yield Place.of(frame, lineno)


def _runs(traceback: TracebackType | None) -> Iterator[Place]:
    """The lines of the user's from which a loop was run, outermost first."""
    caller: Place | None = None
    for frame, lineno in frames_of(traceback):
        if not is_machinery(frame):
            caller = Place.of(frame, lineno)
        elif frame.f_code.co_name in _RUNS and caller is not None:
            yield caller
            caller = None


def _last_place(traceback: TracebackType | None) -> Place | str:
    return next(reversed(list(_places(traceback))), "an unknown place")
