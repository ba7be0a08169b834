"""Exceptions in the place of those that were raised in a worker, for plugins that look at what a test raised.

Nothing is imported because a worker names it: a class that this process does not have gets one like it.
"""

from __future__ import annotations

from isolated_async_workers.wire.messages import StageRaised

from ..loaded_class import find_loaded


def stand_in(raised: StageRaised) -> BaseException | None:
    """An exception with the same class (or a subclass of it), text, causes and contexts; None if none was raised."""
    first: BaseException | None = None
    outer: BaseException | None = None
    for module, name, text, link in raised.errors:
        error = _exception(module, name, text)
        if outer is None:
            first = error
        elif link == "cause":
            outer.__cause__ = error
        else:
            outer.__context__ = error
        outer = error
    return first


def _exception(module: str, name: str, text: str) -> BaseException:
    fields = {
        "__module__": module,
        "__qualname__": name,
        "__init__": lambda self, *_: None,
        "__str__": lambda self: text,
        "__repr__": lambda self: f"{name}({text!r})",
    }
    for base in (_loaded_exception_class(module, name), RuntimeError):
        # Not that of a user's class, which may want anything.
        native = next(each for each in base.__mro__ if each.__module__ == "builtins")
        try:
            kind = type(name.rpartition(".")[2], (base,), fields)
            # The members that a group insists on; every other class takes any arguments.
            error: BaseException = native.__new__(kind, "", [Exception()])  # type: ignore[call-overload]
        except Exception:  # noqa: BLE001 - the class is a user's: it may be final, or have a metaclass of its own
            continue
        return error
    raise AssertionError("unreachable: RuntimeError can be derived from")


def _loaded_exception_class(module: str, name: str) -> type[BaseException]:
    found = find_loaded(module, name)
    return found if isinstance(found, type) and issubclass(found, BaseException) else RuntimeError
