"""What a test module did to event loops when it was imported stays with its own tests.

A loop that was made at import is inherited by every worker, with a selector that all of them would share: each worker
gives it one of its own. It is the loop of the tests whose module has made it, or has imported what did. A policy that
was set at import is set for the cases of that module, and for no others.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from types import FunctionType, ModuleType
from typing import Any

import pytest

from .. import system
from ..places import Owner, owner_of
from ..wire.objects import objects_of
from ..wire.policy_notes import POLICY_NOTES
from .case_loop import CaseLoop
from .policy import set_policy


class ImportState:
    """Belongs to the zygote, and is used in each worker; ``loops`` are those of objects that are frozen."""

    def __init__(self, session: pytest.Session, loops: Sequence[asyncio.AbstractEventLoop]) -> None:
        self._loops = [*(each for each in loops if not each.is_closed()), *open_loops()]
        self._policies: dict[str, tuple[Any, Any]] = getattr(session, POLICY_NOTES, {})
        if self._policies:
            # What conftest files and plugins have chosen.
            before, _ = next(iter(self._policies.values()))
            set_policy(before)

    def become_private(self) -> None:
        """In a worker: share no selector of an inherited loop with anybody."""
        for loop in self._loops:
            if isinstance(loop, asyncio.SelectorEventLoop) and not loop.is_closed():
                _renew_selector(loop)

    def apply(self, item: pytest.Item, loop: CaseLoop) -> None:
        """Give this case the policy and the loop that its own module has chosen."""
        module = item.getparent(pytest.Module)
        if module is not None and module.nodeid in self._policies:
            _, after = self._policies[module.nodeid]
            set_policy(after)
            loop.reopen()
        for each in _modules_from(getattr(item, "module", None)) if self._loops else ():
            for chosen in _loops_of(each):
                if chosen in self._loops:
                    loop.adopt(chosen)
                    return


def open_loops() -> list[asyncio.AbstractEventLoop]:
    """Those that any object holds which is not frozen."""
    # A look at every object costs memory: it is no longer shared with the host afterwards. Where no
    # selector is open there is no loop to find.
    if not system.may_have_loops():
        return []
    return [loop for loop in objects_of(asyncio.AbstractEventLoop) if not loop.is_closed()]


def _renew_selector(loop: Any) -> None:
    inherited = loop._selector
    registered = [key for key in inherited.get_map().values() if key.fd != loop._ssock.fileno()]
    loop._selector = type(inherited)()
    for key in registered:
        loop._selector.register(key.fileobj, key.events, key.data)
    # The socket pair by which other threads wake the loop is shared as well.
    loop._ssock.close()
    loop._csock.close()
    loop._internal_fds -= 1
    loop._make_self_pipe()
    # Closes this process's descriptor; what the other processes watch stays registered.
    inherited.close()


def _modules_from(module: object) -> Iterator[ModuleType]:
    """The test's module, and the user's modules that it reaches by what it has imported, the nearest first."""
    found = [module] if isinstance(module, ModuleType) else []
    for each in found:
        yield each
        for value in list(vars(each).values()):
            imported = _imported(value)
            if imported is not None and imported not in found and _is_of_the_user(imported):
                found.append(imported)


def _imported(value: Any) -> ModuleType | None:
    """The module that this is, or that this class or function comes from."""
    # What a lazy object says about its class may have a price, and what a dead proxy says is an error.
    kind = type(value)
    if issubclass(kind, ModuleType):
        return value  # type: ignore[no-any-return]
    return sys.modules.get(value.__module__) if issubclass(kind, (type, FunctionType)) else None


def _is_of_the_user(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and owner_of(file) is Owner.USER


def _loops_of(module: ModuleType) -> Iterator[asyncio.AbstractEventLoop]:
    """The loops that a module or one of its classes holds, itself or by a future."""
    holders = [module, *(value for value in vars(module).values() if issubclass(type(value), type))]
    for holder in holders:
        for value in list(vars(holder).values()):
            kind = type(value)  # As above.
            if issubclass(kind, asyncio.AbstractEventLoop):
                yield value
            elif issubclass(kind, asyncio.Future):
                yield value.get_loop()
