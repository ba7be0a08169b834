"""Why a classic event loop failure happened, for the report: one sentence, the places in the code, what to change.

It is read off the exception's own traceback, so it costs nothing until a test fails, and works for every loop. Where
things were made is known only while leaks are watched for.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CoroutineType, TracebackType

from ..places import Place, frames_of, is_machinery
from .conflict_pages import page
from .foreign_objects import find_foreign, find_loop

PlaceOf = Callable[[object], Place | None]

_NO_LOOP = re.compile(r"There is no current event loop|no running event loop")

#: Functions of asyncio, and of uvloop, that run a loop.
_RUNS = ("run", "run_until_complete", "run_forever")


@dataclass(frozen=True, slots=True)
class _Classic:
    """One kind of failure.

    Attributes:
        kinds: of exceptions, and
        message: part of their text: both recognise it.
        explain: what is said about it.
        page: the page about it.
        rejects: a loop has refused to run a coroutine.
    """

    kinds: tuple[type[BaseException], ...]
    message: re.Pattern[str]
    explain: Callable[[BaseException, PlaceOf], str]
    page: str
    rejects: bool = False


def explain(error: BaseException, place_of: PlaceOf) -> str | None:
    """What to say about ``error``, or about the first of its causes that is a classic; None if there is none.

    Args:
        place_of: where a thing was made, if that is known.
    """
    found = _find(error)
    if found is None:
        return None
    classic, cause = found
    return f"{classic.explain(cause, place_of)}\nMore: {page(classic.page)}"


def close_rejected_coroutines(error: BaseException) -> None:
    """Close the coroutines that a loop refused to run, so that no "never awaited" follows the failure itself."""
    found = _find(error)
    if found is None or not found[0].rejects:
        return
    for each in _chain(error):
        for frame, _ in frames_of(each.__traceback__):
            for value in list(frame.f_locals.values()):
                # isinstance would ask an object of the test's for its __class__, which may raise.
                if type(value) is CoroutineType and inspect.getcoroutinestate(value) == inspect.CORO_CREATED:
                    value.close()


def _nested_run(error: BaseException, _: PlaceOf) -> str:
    runs = list(_runs(error.__traceback__))
    nested = runs[-1] if runs else _last_place(error)
    outer = runs[0] if len(runs) > 1 else None
    return "\n".join(
        [
            "A loop was started while another one was running in the same thread; asyncio does not nest loops.",
            f"  nested run: {nested}",
            f"  outer run:  {outer or 'the test itself: its coroutine is running'}",
            "What to do: await the coroutine there instead of running it. If the caller is sync, make it async, or "
            "call it from sync code: a sync test or a sync fixture finds the loop of the test idle. If neither can "
            'be changed, @isolated_loop(nested="allow") makes the loop of this test re-entrant.',
        ]
    )


def _no_current_loop(error: BaseException, _: PlaceOf) -> str:
    return _one_place(
        error,
        "No event loop is current in this thread: it is not the main thread, or the test itself has unset it.",
        "asked for in",
        "ask for the running loop inside a coroutine (asyncio.get_running_loop()), or hand the loop to the thread.",
    )


def _closed_loop(error: BaseException, place_of: PlaceOf) -> str:
    return _one_place(
        error,
        "The loop was closed before this line used it, by this test or its fixtures: no other test shares it.",
        "used in",
        "close the loop after its last use (in the last finalizer), or leave closing to the runner.",
        _made("the loop was made at", place_of(find_loop(error))),
    )


def _other_loop(error: BaseException, place_of: PlaceOf) -> str:
    thing, loop = find_foreign(error) or (None, None)
    return _one_place(
        error,
        "An object that belongs to one loop was awaited on another. Code that runs a loop of its own (asyncio.run, "
        "new_event_loop) in set-up makes objects that the test's loop cannot use.",
        "awaited in",
        "make the object on the loop that uses it: in the test, in an async fixture, or with the current loop.",
        _made("the object was made at", place_of(thing)) + _made("its own loop was made at", place_of(loop)),
    )


def _never_awaited(error: BaseException, _: PlaceOf) -> str:
    return _one_place(
        error,
        "A coroutine stands where its result was meant: it was called, and never awaited, so its body has not run.",
        "used in",
        "put `await` before the call. In sync code, run it: asyncio.get_event_loop().run_until_complete(...).",
    )


def _one_place(error: BaseException, what: str, verb: str, mend: str, made: str = "") -> str:
    return f"{what}\n  {verb} {_last_place(error)}\n{made}What to do: {mend}"


def _made(what: str, place: Place | None) -> str:
    return "" if place is None else f"  {what} {place}\n"


def _not_done(error: BaseException, _: PlaceOf) -> str:
    return _one_place(
        error,
        "A future was asked for its result before it had one: result() of an asyncio future or task does not wait.",
        "asked in",
        "await the future; where other code must have finished first, await that.",
    )


_CLASSICS = (
    _Classic(
        (RuntimeError,),
        re.compile(
            r"[Tt]his event loop is already running|cannot be called from a running event loop"
            r"|Cannot run the event loop while another loop is running"
        ),
        _nested_run,
        "nested-run",
        rejects=True,
    ),
    _Classic(
        (RuntimeError,),
        _NO_LOOP,
        _no_current_loop,
        "no-current-loop",
    ),
    _Classic((RuntimeError,), re.compile(r"Event loop is closed"), _closed_loop, "closed-loop", rejects=True),
    _Classic(
        (RuntimeError, ValueError),
        re.compile(r"attached to a different loop|bound to a different event loop|different loop than"),
        _other_loop,
        "foreign-loop",
    ),
    _Classic(
        (TypeError, AttributeError, AssertionError),
        re.compile(r"'coroutine' object|<coroutine object "),
        _never_awaited,
        "never-awaited",
    ),
    _Classic(
        (asyncio.InvalidStateError,), re.compile(r"(Result|Exception) is not set"), _not_done, "deadlock-on-result"
    ),
)


def _find(error: BaseException) -> tuple[_Classic, BaseException] | None:
    for each in _chain(error):
        for classic in _CLASSICS:
            if isinstance(each, classic.kinds) and classic.message.search(_text(each)):
                return classic, each
    return None


def _text(error: BaseException | None) -> str:
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
        if following.__cause__ is None and _NO_LOOP.search(_text(following.__context__)):
            # The usual way to ask whether a loop runs. What follows on the answer has reasons of its own.
            return
        following = following.__cause__ or following.__context__


def _runs(traceback: TracebackType | None) -> Iterator[Place]:
    """The lines of the user's from which a loop was run, outermost first."""
    caller: Place | None = None
    for frame, lineno in frames_of(traceback):
        if not is_machinery(frame):
            caller = Place.of(frame, lineno)
        elif frame.f_code.co_name.rpartition(".")[2] in _RUNS and caller is not None:
            yield caller
            caller = None


def _last_place(error: BaseException) -> Place | str:
    """The user's line that is closest to the failure."""
    places = [Place.of(frame, lineno) for frame, lineno in frames_of(error.__traceback__) if not is_machinery(frame)]
    return places[-1] if places else "an unknown place"
