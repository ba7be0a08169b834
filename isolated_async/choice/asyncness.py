"""Which tests are async: what ``--isolated-loop`` isolates."""

from __future__ import annotations

import functools
import inspect
import sys
from typing import Any

import pytest

from isolated_async_workers.wire.hidden_test import find_hidden_test

from ..pytest_private import fixture_functions

#: Markers by which an async plugin is asked to drive a test.
_ASYNC_MARKERS = ("asyncio", "anyio", "trio")

_XUNIT_HOOKS = ("setup_method", "teardown_method", "setup_class", "teardown_class")
_HOOKS = ("setUp", "tearDown", "setUpClass", "tearDownClass")
_ASYNC_HOOKS = ("asyncSetUp", "asyncTearDown")


def why_async(item: pytest.Item) -> str | None:
    """Why this test counts as async, in a few words, or None if it does not."""
    if not isinstance(item, pytest.Function):
        return None
    if _is_async_function(_test_function(item.obj, item.originalname)):
        return "coroutine function"
    for name in _ASYNC_MARKERS:
        if item.get_closest_marker(name) is not None:
            return f"marked {name}"
    if item.cls is not None and (reason := _why_async_class(item.cls)) is not None:
        return reason
    for name, function in fixture_functions(item):
        if _is_async_function(function):
            return f"async fixture {name}"
    if "pytest_bdd.scenario" in sys.modules:
        # Only now: what a suite does not use, it does not import.
        from .bdd_scenarios import has_async_step

        return "async step" if has_async_step(item) else None
    return None


def _test_function(function: Any, name: str) -> Any:
    """The function under staticmethod, ``functools.partial``, hypothesis's ``@given`` and other decorators.

    Of a decorator that leaves no trace, it is the coroutine function ``name`` that it closes over.

    A sync function that wraps a coroutine function may run a loop by itself; if it does not, its body never runs.
    """
    while True:
        if isinstance(function, functools.partial):
            function = function.func
        elif isinstance(function, staticmethod):
            function = function.__func__
        elif (given := getattr(function, "hypothesis", None)) is not None and hasattr(given, "inner_test"):
            function = given.inner_test
        elif hasattr(function, "__wrapped__") and not _is_async_function(function):
            function = function.__wrapped__
        else:
            return function if _is_async_function(function) else find_hidden_test(function, name) or function


def _is_async_function(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


@functools.cache
def _why_async_class(cls: type) -> str | None:
    for name in _XUNIT_HOOKS:
        if _is_async_function(getattr(cls, name, None)):
            return f"async def {name}"
    # What has no subclasses nobody has imported: it takes as long as this whole plugin.
    unittest, of_asyncio = sys.modules.get("unittest"), sys.modules.get("unittest.async_case")
    if unittest is None or not issubclass(cls, unittest.TestCase):
        return None
    if of_asyncio is not None and issubclass(cls, of_asyncio.IsolatedAsyncioTestCase):
        return "IsolatedAsyncioTestCase"
    tornado = sys.modules.get("tornado.testing")
    if tornado is not None and issubclass(cls, tornado.AsyncTestCase):
        return "tornado AsyncTestCase"
    for name in (*_HOOKS, *_ASYNC_HOOKS):
        if _is_async_function(getattr(cls, name, None)):
            return f"async def {name}"
    for name in unittest.TestLoader().getTestCaseNames(cls):
        if _is_async_function(_test_function(getattr(cls, name), name)):
            return f"TestCase with async def {name}"
    return None
