"""The functions and classes of the standard library as the suite has left them when it was collected.

A test may leave any of them patched, and pytest, which makes its report in the same process, may stumble over that.
Then they are put back, and what failed is done once more: the report tells how the test ended, not how its patch broke
us.

Guarantees: nothing is looked at, and nothing changed, in a case in which nothing stumbles; of data (settings, filters,
caches, the event loop policy) only where modules are searched, and a recursion limit that was lowered, are put back.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

#: Packages of which the attributes of classes are kept too: what reports, loops and our own work are made of.
_CLASSES_OF = frozenset(
    (
        *("asyncio", "concurrent", "inspect", "io", "json", "linecache", "logging", "os", "pathlib", "selectors"),
        *("threading", "traceback"),
    )
)
#: Pytest itself replaces these: while a test runs, to record warnings; when it has failed, for a debugger.
_REPLACED_BY_PYTEST = frozenset({"showwarning", "_showwarnmsg_impl", "last_type"})
_SEARCHED = ("path", "meta_path", "path_hooks")
#: Py_TPFLAGS_HEAPTYPE
_HEAP_TYPE = 1 << 9
_NAMES_OF_SEARCHED = frozenset(f"sys.{name}" for name in _SEARCHED)

# What ``put_back`` uses must be none of what it puts back, the built-in functions included.
_set_attribute = type.__setattr__
_sys = sys
_modules = sys.modules
_type = type
_function = types.FunctionType
_package = __package__
_recursion_limit = sys.getrecursionlimit
_set_recursion_limit = sys.setrecursionlimit


class StandardLibrary:
    """Made in the zygote; each worker can put its own back."""

    def __init__(self) -> None:
        self._limit = 0
        self._modules: dict[str, types.ModuleType] = {}
        self._searched: dict[str, list[Any]] = {}
        self._namespaces: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self._classes: list[tuple[type, Any, dict[str, Any]]] = []

    def keep(self) -> None:
        """Note how everything is now."""
        self._limit = _recursion_limit()
        self._modules = dict(_modules)
        self._searched = {name: list(getattr(sys, name)) for name in _SEARCHED}
        for module in _loaded():
            kept = {name: value for name, value in vars(module).items() if _is_code(name, value)}
            self._namespaces.append((module.__name__, vars(module), kept))
            if module.__name__.partition(".")[0] in _CLASSES_OF:
                self._classes.extend((each, vars(each), _own_attributes(each)) for each in _own_classes(module))

    def put_back(self) -> list[str]:
        """Put everything back in its place, and return the names of what was not there."""
        found: list[str] = []
        if _recursion_limit() < self._limit:
            _set_recursion_limit(self._limit)
            found.append("sys.getrecursionlimit()")
        for module, namespace, kept in self._namespaces:
            for name in kept:
                if namespace.get(name) is not kept[name] and not _is_ours(namespace.get(name)):
                    namespace[name] = kept[name]
                    found.append(f"{module}.{name}")
        for owner, attributes, kept in self._classes:
            for name in kept:
                if attributes.get(name) is not kept[name] and not _is_ours(attributes.get(name)):
                    _set_attribute(owner, name, kept[name])
                    found.append(f"{owner.__module__}.{owner.__qualname__}.{name}")
        for name in self._modules:
            if _modules.get(name) is not self._modules[name]:
                _modules[name] = self._modules[name]
                found.append(f"sys.modules[{name!r}]")
        for name in self._searched:
            if name not in _sys.__dict__ or _sys.__dict__[name] != self._searched[name]:
                _sys.__dict__[name] = [*self._searched[name]]
                found.append(f"sys.{name}")
        return found

    def what_was_patched(self) -> list[str]:
        """Put everything back, and return what of it may have made pytest stumble.

        Many tests add an entry to ``sys.path``, or import what does so, and are not to blame for what a plugin raises.
        """
        return [name for name in self.put_back() if name not in _NAMES_OF_SEARCHED]

    def insist(self, call: Callable[[], T]) -> T:
        """The result of ``call``; if it raises and something was not in its place, that of a second call."""
        try:
            return call()
        except Exception:
            if not self.put_back():
                raise
            return call()


def _loaded() -> Iterator[types.ModuleType]:
    for name, module in list(_modules.items()):
        if isinstance(module, types.ModuleType) and name.partition(".")[0] in sys.stdlib_module_names:
            yield module


def _is_code(name: str, value: object) -> bool:
    if name in _REPLACED_BY_PYTEST:
        return False
    return callable(value) or isinstance(value, types.ModuleType) or value is os.environ


def _own_classes(module: types.ModuleType) -> Iterator[type]:
    for value in vars(module).values():
        # Those made in C cannot be patched.
        if isinstance(value, type) and value.__module__ == module.__name__ and is_made_in_python(value):
            yield value


def is_made_in_python(kind: type) -> bool:
    """True for a class whose attributes can be set."""
    return bool(kind.__flags__ & _HEAP_TYPE)


def _own_attributes(owner: type) -> dict[str, Any]:
    return {name: value for name, value in vars(owner).items() if name not in ("__dict__", "__weakref__")}


def _is_ours(value: Any) -> bool:
    """True for what a worker itself puts in the place of code: to watch for leaks, to let nested runs through."""
    kind = _type(value)
    module = value.__globals__.get("__name__") if kind is _function else kind.__module__
    return f"{module}".startswith(_package)
