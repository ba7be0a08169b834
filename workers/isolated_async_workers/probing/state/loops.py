"""Event loops and what runs in the background: the current loop, the running one, the policy, tasks, threads."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from ...leaks.origins import Origins
from ...loop.policy import policy, set_policy
from ...wire.objects import objects_of
from .domain import MISSING, Domain, Setting
from .text import short

_events: Any = asyncio.events
# The pieces are looked at after a test that may have replaced these.
_get_running_loop = asyncio._get_running_loop
_set_running_loop = asyncio._set_running_loop
_all_tasks = asyncio.all_tasks


def domains_of_loops(origins: Origins) -> Iterator[Domain]:
    """The policy first: which loop is current is its business."""
    policy()
    yield Setting("loop-policy", "the event loop policy", policy, set_policy)
    yield Setting("running-loop", "the running event loop", _get_running_loop, _set_running_loop)
    yield _CurrentLoop()
    yield _Tasks(origins)
    yield _Threads(origins)


def _policy_unasked() -> Any:
    """Without a word about deprecation: this is asked after each line."""
    return getattr(_events, "_event_loop_policy", None)


class _CurrentLoop(Domain):
    """That of the main thread, as the policies of Python and uvloop keep it; no loop is made by looking."""

    def __init__(self) -> None:
        super().__init__("loop", "the current event loop", {})

    def content(self) -> dict[Any, Any]:
        value = self.read("")
        return {} if value is MISSING else {"": value}

    def read(self, key: Any) -> object:
        local = getattr(_policy_unasked(), "_local", None)
        if local is None:
            return MISSING
        loop = getattr(local, "_loop", None)
        if loop is None:
            return None, bool(getattr(local, "_set_called", False)), False
        return loop, True, loop.is_closed()

    def put(self, key: Any, value: Any) -> None:
        loop, was_set, was_closed = value
        if loop is not None and loop.is_closed() and not was_closed:
            loop = asyncio.new_event_loop()
        local = _policy_unasked()._local
        local._loop = loop
        local._set_called = was_set

    def name(self, key: Any) -> str:
        return self.label

    def key_of(self, piece: str) -> object:
        return "" if piece == self.label else MISSING

    def tell(self, key: Any, before: object, now: Any) -> str:
        loop, was_set, is_closed = now
        if loop is None:
            return (
                "no event loop is current, and none is made when one is asked for"
                if was_set
                else "no event loop is set"
            )
        if is_closed:
            return "the current event loop is closed"
        return f"another event loop is current: {short(loop)}"


class KeptLoop(Setting):
    """A loop that a module, a class or an object keeps: once closed, it stays so."""

    can_be_put_back = False

    def __init__(self, label: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__("loop", label, loop.is_closed, lambda _: None)
        self.is_own = True

    def tell(self, key: Any, before: object, now: object) -> str:
        return f"the event loop {self.label} is closed"


class _Found(Domain):
    """What is there and was not: it can be told, and not be put back."""

    can_be_put_back = False

    def __init__(self, kind: str, origins: Origins) -> None:
        super().__init__(kind, kind, {})
        self._origins = origins

    def read(self, key: Any) -> object:
        return self.content().get(key, MISSING)

    def put(self, key: Any, value: object) -> None:
        raise ValueError("it cannot be undone")

    def key_of(self, piece: str) -> object:
        return next((key for key in self.content() if self.name(key) == piece), MISSING)

    def place(self, key: Any, now: object) -> str:
        with contextlib.suppress(Exception):
            place = self._origins.place_of(key)
            return "" if place is None else f"{place.filename}:{place.lineno}"
        return ""


class _Tasks(_Found):
    def __init__(self, origins: Origins) -> None:
        super().__init__("task", origins)

    def content(self) -> dict[Any, Any]:
        return {task: True for loop in objects_of(asyncio.AbstractEventLoop) for task in _all_tasks(loop)}

    def name(self, key: Any) -> str:
        return f"the pending task of {getattr(key.get_coro(), '__qualname__', short(key.get_coro()))}()"

    def tell(self, key: Any, before: object, now: object) -> str:
        return f"{self.name(key)} is pending" if before is MISSING else f"{self.name(key)} is gone"


class _Threads(_Found):
    def __init__(self, origins: Origins) -> None:
        super().__init__("thread", origins)

    def content(self) -> dict[Any, Any]:
        return dict.fromkeys(threading.enumerate(), True)

    def name(self, key: Any) -> str:
        return f"the thread {short(key.name)}"

    def tell(self, key: Any, before: object, now: object) -> str:
        return f"{self.name(key)} runs" if before is MISSING else f"{self.name(key)} has ended"
