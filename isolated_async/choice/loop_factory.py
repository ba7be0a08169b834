"""Loop factories that a suite names: found, tried and refused before any test runs."""

from __future__ import annotations

import functools
import pkgutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .marker import LoopFactory


_ALLOWED = "a callable, or its dotted name like uvloop.new_event_loop, that makes a new event loop in each call"


def check_loop_factory(factory: LoopFactory | str, nested: bool, asked_by: str) -> None:
    """Make sure that ``factory``, or what its dotted name imports, makes loops that a worker can use.

    Args:
        nested: the loop has to be re-entrant.
        asked_by: the test or the option, for the message.

    Raises:
        pytest.UsageError: it cannot be imported or called, makes no loop, or a closed or a running one, or one that
            cannot be re-entered.
    """
    try:
        problem, reenterable = _try(factory)
    except TypeError:  # A callable that cannot be hashed is tried for each test.
        problem, reenterable = _try.__wrapped__(factory)
    if problem:
        raise pytest.UsageError(f"{asked_by}: the loop factory {_name(factory)} {problem}; allowed: {_ALLOWED}")
    if nested and not reenterable:
        raise pytest.UsageError(
            f"{asked_by}: nested='allow' needs a loop that can be re-entered, and that of {_name(factory)} cannot; "
            "allowed: loops built on asyncio.BaseEventLoop"
        )


@functools.cache
def _try(factory: LoopFactory | str) -> tuple[str, bool]:
    """What is wrong with the factory (empty if nothing is), and whether its loops can be re-entered."""
    import asyncio

    try:
        make: Any = pkgutil.resolve_name(factory) if isinstance(factory, str) else factory
    except Exception as error:  # noqa: BLE001 - so may a user's module
        return f"cannot be imported: {type(error).__name__}: {error}", False
    if not callable(make):
        return f"is {make!r}, which cannot be called", False
    reenterable = False
    # Twice: a factory that hands out the same loop again hands out one that another test has closed.
    for _ in range(2):
        try:
            loop = make()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's callable may raise anything
            return f"failed: {type(error).__name__}: {error}", False
        if not isinstance(loop, asyncio.AbstractEventLoop):
            return f"returned {loop!r}, which is no event loop", False
        if loop.is_running():
            return "returned a loop that is running already", False
        if loop.is_closed():
            return "returned a closed loop", False
        reenterable = isinstance(loop, asyncio.BaseEventLoop)
        loop.close()
    return "", reenterable


def _name(factory: LoopFactory | str) -> str:
    if isinstance(factory, str):
        return repr(factory)
    return f"{getattr(factory, '__module__', '?')}.{getattr(factory, '__qualname__', repr(factory))}"
