"""Modules and what is in them: attributes, those of classes and objects, what containers hold, what caches remember.

Of the suite's own code all of that is looked at, of other code whether a name is bound to something else. What an
object is, its type is asked: ``isinstance`` asks the object too, and a proxy runs code then, or raises.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
from collections import deque
from collections.abc import Iterator, MutableMapping
from types import FunctionType, ModuleType
from typing import Any

from ...standard_library import is_made_in_python
from ..own_code import OwnCode
from .domain import MISSING, Domain, told_elements
from .loops import KeptLoop
from .text import short

#: Levels of objects and containers within a module.
_DEEPEST = 5
#: Elements of a container, beyond which it is not looked into; and containers and objects in all.
_MOST_ELEMENTS = 20_000
_MOST_OBJECTS = 50_000
_CACHE = type(functools.lru_cache(lambda: None))
#: What asyncio makes that belongs to the first loop on which somebody waits for it.
_LOOP_BOUND = frozenset(
    (
        *(asyncio.Lock, asyncio.Event, asyncio.Condition, asyncio.Semaphore, asyncio.BoundedSemaphore),
        *(asyncio.Queue, asyncio.LifoQueue, asyncio.PriorityQueue),
        *(each for each in (getattr(asyncio, "Barrier", None),) if each is not None),
    )
)
#: Who waits there: made by the way, and empty when nobody does.
_WAITERS = frozenset(("_waiters", "_getters", "_putters"))
#: Of a module or a class, what import, documentation and the interpreter keep there.
_UNWATCHED = frozenset(
    (
        *("__builtins__", "__cached__", "__warningregistry__", "__doc__", "__dict__", "__weakref__", "__annotations__"),
        *("tearDown_exceptions", "_class_cleanups", "_classSetupFailed", "pytestmark", "__pytest_wrapped__"),
        *("__spec__", "__loader__", "__annotate__", "__annotations_cache__", "__static_attributes__", "_abc_impl"),
    )
)
#: Modules of Python that change by the way, and nobody's outcome with it.
_RESTLESS = frozenset(("linecache", "re", "_pytest", "gc", "tracemalloc", "traceback", "sys", "importlib", "zipimport"))


def domains_of_namespaces(own: OwnCode) -> Iterator[Domain]:
    """Those of all modules that are loaded now."""
    yield _Modules("module", "sys.modules", sys.modules)
    search = _Search(own)
    for name, module in list(sys.modules.items()):
        is_new = issubclass(type(module), ModuleType) and id(module) not in search.seen
        if is_new and name.partition(".")[0] not in _RESTLESS:
            yield from search.module(name, module)


class _Modules(Domain):
    def content(self) -> dict[Any, Any]:
        return dict(sys.modules)

    def tell(self, key: Any, before: object, now: object) -> str:
        if before is MISSING:
            return f"the module {key} is imported"
        return f"the module {key} is {'no longer imported' if now is MISSING else 'another one'}"


class Attributes(Domain):
    """Of a module, a class, an object."""

    def __init__(self, label: str, owner: Any, *, is_own: bool) -> None:
        super().__init__("attribute", label, {}, is_own=is_own)
        self._owner = owner
        self._values = vars(owner)

    def content(self) -> dict[Any, Any]:
        return {name: value for name, value in list(self._values.items()) if name not in _UNWATCHED}

    def read(self, key: Any) -> object:
        return self._values.get(key, MISSING)

    def put(self, key: Any, value: object) -> None:
        if isinstance(self._values, dict):
            if value is MISSING:
                self._values.pop(key, None)
            else:
                self._values[key] = value
        elif value is MISSING:
            type.__delattr__(self._owner, key)
        else:
            type.__setattr__(self._owner, key, value)

    def name(self, key: Any) -> str:
        return f"{self.label}.{key}"

    def key_of(self, piece: str) -> object:
        name = piece[len(self.label) + 1 :]
        return name if piece == f"{self.label}.{name}" and name.isidentifier() else MISSING


class LoopBound(Attributes):
    """Of a lock, an event, a queue of asyncio: that it belongs to a loop as well, from the first wait on."""

    def content(self) -> dict[Any, Any]:
        return {name: value for name, value in super().content().items() if name not in _WAITERS}


class _Elements(Domain):
    """Of a list, a set, a deque, as one piece."""

    def __init__(self, label: str, container: Any, *, is_own: bool) -> None:
        super().__init__("container", label, {}, is_own=is_own)
        self._container = container

    def content(self) -> dict[Any, Any]:
        return {"": self.read("")}

    def read(self, key: Any) -> object:
        found = tuple(self._container)
        return tuple(sorted(found, key=id)) if isinstance(self._container, set) else found

    def put(self, key: Any, value: Any) -> None:
        if isinstance(self._container, list):
            self._container[:] = value
        else:
            self._container.clear()
            (self._container.update if isinstance(self._container, set) else self._container.extend)(value)

    def name(self, key: Any) -> str:
        # What the name is bound to is another piece.
        return f"{self.label}[...]"

    def key_of(self, piece: str) -> object:
        return "" if piece == self.name("") else MISSING

    def tell(self, key: Any, before: Any, now: Any) -> str:
        return f"{self.label} {told_elements(before, now)}"


class _Cache(_Elements):
    """What a function remembers."""

    def __init__(self, label: str, function: Any, *, is_own: bool) -> None:
        super().__init__(label, function, is_own=is_own)
        self.kind = "cache"

    def read(self, key: Any) -> object:
        return self._container.cache_info().currsize

    def put(self, key: Any, value: Any) -> None:
        self._container.cache_clear()

    def name(self, key: Any) -> str:
        return f"{self.label}()"

    def tell(self, key: Any, before: Any, now: Any) -> str:
        return f"{self.label} remembers {now} result{'' if now == 1 else 's'}; it had {before}"


class _Search:
    """Goes through a module once, however its objects refer to each other."""

    def __init__(self, own: OwnCode) -> None:
        self._own = own
        self.seen: set[int] = set()
        self._left = _MOST_OBJECTS

    def module(self, name: str, module: ModuleType) -> Iterator[Domain]:
        side = self._own.side_of(name, module)
        if side == "machinery":
            return
        self.seen.add(id(module))
        is_own = side == "own"
        yield Attributes(name, module, is_own=is_own)
        for key, value in list(vars(module).items()):
            if key in _UNWATCHED:
                continue
            if issubclass(type(value), type):
                if value.__module__ == name:
                    yield from self._class(f"{name}.{key}", value, is_own=is_own)
            elif is_own:
                yield from self._within(f"{name}.{key}", value, 0)
            elif side == "library" and type(value) in (dict, list, set) and len(value) <= _MOST_ELEMENTS:
                yield _container(f"{name}.{key}", value, is_own=False)

    def _class(self, label: str, owner: type, *, is_own: bool) -> Iterator[Domain]:
        if id(owner) in self.seen or not is_made_in_python(owner):
            return
        self.seen.add(id(owner))
        yield Attributes(label, owner, is_own=is_own)
        if is_own:
            for key, value in list(vars(owner).items()):
                if key not in _UNWATCHED:
                    yield from self._within(f"{label}.{key}", value, 0)

    def _within(self, label: str, value: Any, depth: int) -> Iterator[Domain]:
        # An object may answer to anything with an error: that is its own business, and hides no other.
        with contextlib.suppress(Exception):
            yield from self._of_value(label, value, depth)

    def _of_value(self, label: str, value: Any, depth: int) -> Iterator[Domain]:
        kind = type(value)
        if depth > _DEEPEST or id(value) in self.seen or self._left <= 0:
            return
        if issubclass(kind, staticmethod | classmethod):
            value = value.__func__
            kind = type(value)
        if kind is _CACHE:
            self.seen.add(id(value))
            yield _Cache(label, value, is_own=True)
        elif kind is FunctionType:
            if vars(value) and self._is_own(value.__module__):
                yield from self._object(label, value, depth)
            for default in value.__defaults__ or ():
                yield from self._within(f"a default of {label}", default, depth + 1)
        elif issubclass(kind, dict | list | set | deque):
            if len(value) <= _MOST_ELEMENTS:
                yield from self._container(label, value, depth)
        elif issubclass(kind, type):
            if self._is_own(value.__module__):
                yield from self._class(f"{value.__module__}.{value.__qualname__}", value, is_own=True)
        elif issubclass(kind, asyncio.AbstractEventLoop):
            self.seen.add(id(value))
            yield KeptLoop(label, value)
        elif kind in _LOOP_BOUND:
            yield from self._object(label, value, depth, LoopBound)
        elif self._is_own(kind.__module__) and isinstance(getattr(value, "__dict__", None), dict):
            yield from self._object(label, value, depth)

    def _container(self, label: str, value: Any, depth: int) -> Iterator[Domain]:
        self.seen.add(id(value))
        self._left -= 1
        yield _container(label, value, is_own=True)
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in list(parts):
            if issubclass(type(each), dict | list | set | deque) or hasattr(type(each), "__dict__"):
                yield from self._within(f"{label}[{short(key)}]", each, depth + 1)

    def _object(self, label: str, value: Any, depth: int, kind: type[Attributes] = Attributes) -> Iterator[Domain]:
        self.seen.add(id(value))
        self._left -= 1
        yield kind(label, value, is_own=True)
        for key, each in list(vars(value).items()):
            yield from self._within(f"{label}.{key}", each, depth + 1)

    def _is_own(self, module: object) -> bool:
        loaded = sys.modules.get(module) if isinstance(module, str) else None
        return loaded is not None and self._own.side_of(str(module), loaded) == "own"


def _container(label: str, value: MutableMapping[Any, Any] | Any, *, is_own: bool) -> Domain:
    if isinstance(value, dict):
        return Domain("container", label, value, is_own=is_own)
    return _Elements(label, value, is_own=is_own)
