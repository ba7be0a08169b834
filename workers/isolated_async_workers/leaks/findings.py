"""What a case left behind: the kinds, the one line that each thing gets, and the text of an error.

::

    loop_leaks.py, thread_leaks.py, ... --add--> Findings --lines--> watch.py
"""

from __future__ import annotations

import enum
import weakref
from collections import Counter
from collections.abc import Callable, Iterator

from ..places import Place
from ..wire.conflict_pages import page
from ..wire.light_dataclass import dataclass

#: Things of one kind that are named one by one; of a thousand tasks the first few say all there is to say.
MOST_OF_A_KIND = 10
#: Characters of a line before its place: a command line or a repr may have any number.
_LONGEST = 300


class Kind(enum.Enum):
    """What can be left behind: its plural, what to change, and the page that is about it if not the one about leaks."""

    TASK = (
        "pending tasks",
        "await each task, or cancel it and await it, before the test or the fixture ends.",
        "task-destroyed",
    )
    DESTROYED = (
        "tasks that were destroyed while they were pending",
        "keep each task where something refers to it, and await it, or cancel it and await it, before its loop ends.",
        "task-destroyed",
    )
    ERROR = (
        "errors that only the loop's exception handler saw",
        "await the task or future that failed, or handle the error inside it.",
    )
    NEVER_AWAITED = (
        "coroutines that were never awaited",
        "await them, or close() those that are not needed.",
        "never-awaited",
    )
    GENERATOR = (
        "unfinished async generators",
        "iterate them to their end, or aclose() them (contextlib.aclosing).",
    )
    LOOP = "unclosed event loops", "close a loop where it was made, or use the loop of the test."
    TRANSPORT = (
        "unclosed transports",
        "close() the transport or the writer, and await wait_closed(); a subprocess, await its wait().",
    )
    SERVER = "servers that still listen", "close() the server, or use it as an async context manager."
    POOL = "pools that were not shut down", "use the executor as a context manager, or shutdown() it."
    THREAD = "threads that still run", "make the thread's function return, and join() it."
    PROCESS = "child processes that still run", "terminate() or kill() the process, and wait() for it."

    def __init__(self, plural: str, advice: str, page_name: str = "leaks") -> None:
        self.plural = plural
        self.advice = advice
        self.page_name = page_name


@dataclass(frozen=True, slots=True)
class Leak:
    """One thing; ``line`` says what it is and where it was made."""

    kind: Kind
    line: str
    place: Place | None = None


class Findings:
    """Collects leaks, a bounded number of each kind. A thing that cannot be described is counted, no more."""

    def __init__(self) -> None:
        self._leaks: list[Leak] = []
        self._counts: Counter[Kind] = Counter()
        self._things: list[object] = []
        #: By number, each with what returns None once it is gone: then another thing may have got its number.
        self._reported: dict[int, Callable[[], object]] = {}

    def __bool__(self) -> bool:
        return bool(self._counts)

    def add(
        self, kind: Kind, describe: Callable[[], str], find_place: Callable[[], Place | None], thing: object = None
    ) -> None:
        """Note one thing; ``describe`` and ``find_place`` are called at once or never, and may raise.

        ``thing`` is for what lives on, the number of a process included: it is not noted again once it was reported.
        """
        if thing is not None:
            reported = self._reported.get(_key(thing))
            if reported is not None and reported() is not None:
                return
            self._things.append(thing)
        self._counts[kind] += 1
        if self._counts[kind] > MOST_OF_A_KIND:
            return
        place: Place | None = None
        try:
            place = find_place()
            what = describe()
        except Exception:  # noqa: BLE001 - a user's __str__, an attribute that a user's class has replaced
            what = f"one of the {kind.plural}, which cannot be described"
        self._leaks.append(Leak(kind, _line(what, place), place))

    def clear(self) -> None:
        """Forget all: it was reported."""
        for thing in self._things:
            self._reported[_key(thing)] = _reference(thing)
        self._things.clear()
        self._leaks.clear()
        self._counts.clear()

    def leaks(self) -> Iterator[Leak]:
        """What was found, the kinds in their order; of a kind with too many, a last line says how many more."""
        for kind in Kind:
            yield from (leak for leak in self._leaks if leak.kind is kind)
            more = self._counts[kind] - MOST_OF_A_KIND
            if more > 0:
                yield Leak(kind, f"{more} more {kind.plural}")


def _key(thing: object) -> int:
    return thing if isinstance(thing, int) else id(thing)


def _reference(thing: object) -> Callable[[], object]:
    try:
        return weakref.ref(thing)
    except TypeError:
        return lambda: thing


def error_text(leaks: list[Leak]) -> str:
    """All leaks of a test, by kind, each kind with what to change; then the pages about them."""
    parts = ["The test left something behind (leaks='error'):"]
    pages: dict[str, None] = {}
    for kind in Kind:
        lines = [f"  {leak.line}" for leak in leaks if leak.kind is kind]
        if lines:
            parts += [f"{kind.plural}: {kind.advice}", *lines]
            pages[page(kind.page_name)] = None
    return "\n".join([*parts, *(f"More: {each}" for each in pages)])


def _line(what: str, place: Place | None) -> str:
    what = " ".join(what.split())
    if len(what) > _LONGEST:
        what = f"{what[: _LONGEST - 3]}..."
    return what if place is None else f"{what}, made at {place}"
