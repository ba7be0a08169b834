"""Where pytest calls what a suite has beside its tests: xunit-style hooks, finalizers, unittest's hooks.

What these return is passed on, to be driven if it can be awaited. Private names of pytest, as in pytest_private.py.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

# Where xunit-style hooks (setup_method, setup_class, ...) are called: the call site that we make drive awaitables.
from _pytest import python as _python

# What a fixture's function gets for ``request``, with a method of its own to add finalizers.
from _pytest.fixtures import SubRequest


def wrap_xunit_calls(drive: Callable[[object], object]) -> None:
    """Pass what ``setup_method``, ``setup_class``, ``setup_module`` and the like return to ``drive``."""

    def call_with_optional_argument(func: Any, arg: object) -> None:
        arg_count = func.__code__.co_argcount
        if inspect.ismethod(func):
            arg_count -= 1
        drive(func(arg) if arg_count else func())

    _python._call_with_optional_argument = call_with_optional_argument


def wrap_finalizers(drive: Callable[[object], object]) -> None:
    """Pass what a finalizer returns to ``drive``: those of ``request.addfinalizer`` and of a node's."""
    # The request of a test has a method of its own, which hands on to its node.
    for kind in (SubRequest, pytest.Item, pytest.Collector):
        kind.addfinalizer = _taking_resolved(kind.addfinalizer, drive)  # type: ignore[method-assign]


def _taking_resolved(add: Callable[..., None], drive: Callable[[object], object]) -> Any:
    def addfinalizer(self: object, finalizer: Callable[[], object]) -> None:
        add(self, _resolving(finalizer, drive))

    return addfinalizer


def wrap_unittest_fixture(
    fixturedef: pytest.FixtureDef[Any],
    resolve: Callable[[object], object],
    before_cleanups: Callable[[Any], None],
) -> None:
    """Pass what a TestCase's class hooks and ``setup_method`` return to ``resolve``.

    ``before_cleanups`` is called with the class before those that ``addClassCleanup`` was given run.

    Pytest calls them from generator functions of its own, which hold them in their closures.
    """
    if not fixturedef.argname.startswith(("_unittest_setUpClass_fixture_", "_unittest_setup_method_fixture_")):
        return
    function: Any = fixturedef.func
    for name, cell in zip(function.__code__.co_freevars, function.__closure__, strict=True):
        if name in ("setup", "teardown", "cleanup") and cell.cell_contents is not None:
            hook = cell.cell_contents
            if _is_resolving(hook):
                # The fixture of every test of a class is the same one, and so are its cells.
                continue
            if name == "cleanup" and hasattr(hook, "__self__"):
                hook = _after(partial(before_cleanups, hook.__self__), hook)
            cell.cell_contents = _resolving(hook, resolve)


def _after(first: Callable[[], None], hook: Callable[[], object]) -> Callable[[], object]:
    def call() -> object:
        __tracebackhide__ = True
        first()
        return hook()

    return call


def _resolving(hook: Callable[..., object], resolve: Callable[[object], object]) -> Callable[..., object]:
    call: Callable[..., object] = partial(_call_resolved, resolve, hook)
    # Under its own name, or none: reports of plugins have it.
    if hasattr(hook, "__name__"):
        call.__name__ = hook.__name__
    return call


def _is_resolving(hook: object) -> bool:
    return isinstance(hook, partial) and hook.func is _call_resolved


def _call_resolved(resolve: Callable[[object], object], hook: Callable[..., object], *arguments: object) -> object:
    __tracebackhide__ = True
    return resolve(hook(*arguments))
