"""What makes the loop of a case, if not asyncio itself. The host has tried it before the case was started."""

from __future__ import annotations

import inspect
import pkgutil
import sys
import unittest

import pytest

from .case_loop import LoopFactory

#: Before, ``IsolatedAsyncioTestCase`` takes no notice of an attribute of that name.
UNITTEST_HAS_FACTORIES = sys.version_info >= (3, 13)


def find_loop_factory(item: pytest.Item, dotted: str) -> LoopFactory | None:
    """What ``dotted`` names; if it is empty, the callable of the test's marker.

    Raises:
        ImportError, AttributeError: the host could import it, and this process cannot.
    """
    if dotted:
        return pkgutil.resolve_name(dotted)  # type: ignore[no-any-return]
    for node in item.iter_parents():
        # Within a node pytest lists a function before its parameters, and a class before those that inherit from it.
        for marker in reversed(node.own_markers):
            if marker.name == "isolated_loop" and marker.kwargs.get("loop_factory") is not None:
                return marker.kwargs["loop_factory"]  # type: ignore[no-any-return]
    return None


def loop_factory_of_class(item: pytest.Item) -> LoopFactory | None:
    """What the test's ``IsolatedAsyncioTestCase`` says about its loop, in so far as no instance is needed for it."""
    cls = getattr(item, "cls", None)
    if not UNITTEST_HAS_FACTORIES or cls is None or not issubclass(cls, unittest.IsolatedAsyncioTestCase):
        return None
    own = inspect.getattr_static(cls, "loop_factory", None)
    if isinstance(own, staticmethod):
        own = own.__func__
    elif inspect.isfunction(own):
        return None  # A method: it needs the test case, which does not exist yet.
    return own if callable(own) else None
