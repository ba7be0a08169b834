"""Why a classic event loop failure happened, for the report: one sentence, the places in the code, what to change.

It is read off the exception's own traceback, so it costs nothing until a test fails, and works for every loop. Where
things were made is known only while leaks are watched for.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from itertools import islice
from types import TracebackType

from ..places import Place, frames_of, is_machinery, last_place
from ..wire.light_dataclass import dataclass
from ..wire.printed import printed
from .error_tree import NO_LOOP, causes, members
from .evidence import Evidence
from .explanation import MOST_EXPLANATIONS, MOST_PLACES, Explanation, text_of
from .foreign_objects import find_foreign, find_loop
from .unawaited_coroutines import NEVER_AWAITED, in_place_of_result, never_awaited
from .waiting_coroutines import compared_in, is_waiting

#: Functions of asyncio, and of uvloop, that run a loop.
_RUNS = ("run", "run_until_complete", "run_forever")


@dataclass(frozen=True, slots=True)
class _Classic:
    """One kind of failure.

    Attributes:
        kinds: of exceptions, and
        is_said: in their text: both recognise it.
        explain: what is said about it.
        rejects: a loop has refused to run a coroutine.
    """

    kinds: tuple[type[BaseException], ...]
    is_said: Callable[[str], object]
    explain: Callable[[BaseException, Evidence], Explanation]
    rejects: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """A classic among the exceptions that a failure comes from, and those on the way to it, itself the last."""

    classic: _Classic
    way: tuple[BaseException, ...]


def explain(error: BaseException, evidence: Evidence) -> str | None:
    """What to say about ``error``, or about the first of its causes that is a classic; None if there is none.

    Of a group, the first classics among its members are explained.
    """
    return text_of(found.classic.explain(found.way[-1], evidence) for found in _find(error))


def close_rejected_coroutines(error: BaseException) -> None:
    """Close the coroutines that a loop refused to run, so that no "never awaited" follows the failure itself."""
    for found in _find(error):
        if found.classic.rejects:
            for each in found.way:
                for frame, _ in frames_of(each.__traceback__):
                    for value in list(frame.f_locals.values()):
                        if is_waiting(value):
                            value.close()


def _nested_run(error: BaseException, _: Evidence) -> Explanation:
    runs = list(_runs(error.__traceback__))
    nested = runs[-1] if runs else last_place(error.__traceback__)
    outer = runs[0] if len(runs) > 1 else None
    return Explanation(
        "A loop was started while another one was running in the same thread; asyncio does not nest loops.",
        (f"nested run: {nested}", f"outer run:  {outer or 'the test itself: its coroutine is running'}"),
        "await the coroutine there instead of running it. If the caller is sync, make it async, or call it from sync "
        "code: a sync test or a sync fixture finds the loop of the test idle. If neither can be changed, "
        '@isolated_loop(nested="allow") makes the loop of this test re-entrant.',
        "nested-run",
    )


def _no_current_loop(error: BaseException, _: Evidence) -> Explanation:
    return Explanation(
        "No event loop is current in this thread: it is not the main thread, or the test itself has unset it.",
        (f"asked for in {last_place(error.__traceback__)}",),
        "ask for the running loop inside a coroutine (asyncio.get_running_loop()), or hand the loop to the thread.",
        "no-current-loop",
    )


def _closed_loop(error: BaseException, evidence: Evidence) -> Explanation:
    made = evidence.place_of(find_loop(error))
    return Explanation(
        "The loop was closed before this line used it, by this test or its fixtures: no other test shares it.",
        (f"used in {last_place(error.__traceback__)}", *_known("the loop was made at", made)),
        "close the loop after its last use (in the last finalizer), or leave closing to the runner.",
        "closed-loop",
    )


def _other_loop(error: BaseException, evidence: Evidence) -> Explanation:
    thing, loop = find_foreign(error) or (None, None)
    return Explanation(
        "An object that belongs to one loop was awaited on another. Code that runs a loop of its own in set-up "
        "(asyncio.run, new_event_loop), and a fixture with a loop of its scope, make objects that the test's loop "
        "cannot use.",
        (
            f"awaited in {last_place(error.__traceback__)}",
            *_known("the object was made at", evidence.place_of(thing)),
            *_known("its own loop was made at", evidence.place_of(loop)),
        ),
        "make the object on the loop that uses it: in the test, in an async fixture, or with the current loop. If a "
        "wide async fixture has made it, that and its tests need one loop (pytest-asyncio: the same loop_scope).",
        "foreign-loop",
    )


def _not_done(error: BaseException, _: Evidence) -> Explanation:
    return Explanation(
        "A future was asked for its result before it had one: result() of an asyncio future or task does not wait.",
        (f"asked in {last_place(error.__traceback__)}",),
        "await the future; where other code must have finished first, await that.",
        "deadlock-on-result",
    )


def _known(what: str, place: Place | None) -> tuple[str, ...]:
    return () if place is None else (f"{what} {place}",)


_NESTED = re.compile(
    r"[Tt]his event loop is already running|cannot be called from a running event loop"
    r"|Cannot run the event loop while another loop is running"
)
_CLOSED = re.compile(r"Event loop is closed")
_FOREIGN = re.compile(r"attached to a different loop|bound to a different event loop|different loop than")
_NOT_DONE = re.compile(r"(Result|Exception) is not set")

_CLASSICS = (
    _Classic((RuntimeError,), _NESTED.search, _nested_run, rejects=True),
    _Classic((RuntimeError,), NO_LOOP.search, _no_current_loop),
    _Classic((RuntimeError,), _CLOSED.search, _closed_loop, rejects=True),
    _Classic((RuntimeError, ValueError), _FOREIGN.search, _other_loop),
    _Classic((TypeError, AttributeError), re.compile(r"'coroutine'").search, in_place_of_result),
    _Classic((AssertionError,), compared_in, in_place_of_result),
    _Classic((Warning,), NEVER_AWAITED.search, never_awaited),
    _Classic((asyncio.InvalidStateError,), _NOT_DONE.search, _not_done),
)


def _find(error: BaseException) -> Iterator[_Found]:
    """The first classic among ``error`` and its causes; if a group comes first, the first of each of its members."""
    return islice(_find_below(error, (), set()), MOST_EXPLANATIONS * MOST_PLACES)


def _find_below(error: BaseException, way: tuple[BaseException, ...], seen: set[int]) -> Iterator[_Found]:
    for each in causes(error, seen):
        way = (*way, each)
        classic = _classic(each)
        if classic is not None:
            yield _Found(classic, way)
            return
        found = False
        for member in members(each):
            for below in _find_below(member, way, seen):
                found = True
                yield below
        if found:
            return


def _classic(error: BaseException) -> _Classic | None:
    message = printed(error)
    return next((each for each in _CLASSICS if isinstance(error, each.kinds) and each.is_said(message)), None)


def _runs(traceback: TracebackType | None) -> Iterator[Place]:
    """The lines of the user's from which a loop was run, outermost first."""
    caller: Place | None = None
    for frame, lineno in frames_of(traceback):
        if not is_machinery(frame):
            caller = Place.of(frame, lineno)
        elif frame.f_code.co_name.rpartition(".")[2] in _RUNS and caller is not None:
            yield caller
            caller = None
