"""The built-in runner: drives the async tests and fixtures that no async plugin has claimed.

A plugin that claims a test or a fixture does so before the hooks here are reached, or has replaced the coroutine
function by a sync one; then there is nothing left to drive, and its semantics stay untouched.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any

import pytest

from ..loop.case_loop import CaseLoop
from ..loop.import_state import ImportState
from ..loop.loop_factory import find_loop_factory, loop_factory_of_class
from ..pytest_private import resolve_fixture_function
from ..pytest_private_calls import wrap_finalizers, wrap_unittest_fixture, wrap_xunit_calls
from .bdd_steps import drive_steps
from .class_cleanups import drive_class_cleanups
from .given import driven_examples


class Driver:
    """The pytest plugin of the built-in runner."""

    def __init__(self, loop: CaseLoop, import_state: ImportState) -> None:
        self._loop = loop
        self._import_state = import_state
        #: Dotted name of what makes the loop of the case; empty where the marker has a callable, or nobody asked.
        self.loop_factory = ""
        self._has_begun = False
        wrap_xunit_calls(loop.resolve)
        wrap_finalizers(loop.resolve)
        drive_steps(self.driven)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if not self._has_begun:
            # The first case of a group decides; fixtures that outlive it are made on this loop.
            self._has_begun = True
            self._choose_loop(item)
        self._loop.begin_setup()
        self._loop.restore()

    def prepare_for_shared(self, item: pytest.Item, loop_factory: str) -> None:
        """The loop of a shared fixture: of the kind that the session has chosen, and no test's marker."""
        self._has_begun = True
        self._import_state.apply(item, self._loop)
        if loop_factory:
            self._loop.reopen(find_loop_factory(item, loop_factory))
        self._loop.restore()

    def driven(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """What a fixture's function is for pytest: a sync one, which drives what its author wrote."""
        if inspect.isasyncgenfunction(function):
            return self._driving_generator(function)
        return self._driving(function) if inspect.iscoroutinefunction(function) else function

    def _choose_loop(self, item: pytest.Item) -> None:
        self._import_state.apply(item, self._loop)
        factory = find_loop_factory(item, self.loop_factory)
        if factory is not None:
            self._loop.reopen(factory)
        elif (of_the_class := loop_factory_of_class(item)) is not None:
            # What is wrong with it, unittest says when it calls it for the test.
            with contextlib.suppress(Exception):
                self._loop.reopen(of_the_class)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self) -> None:
        self._loop.restore_if_possible()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        self._loop.restore_if_possible()
        self._loop.begin_teardown()

    @pytest.hookimpl
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> None:
        if inspect.iscoroutinefunction(pyfuncitem.obj) and pyfuncitem.get_closest_marker("trio") is not None:
            # On asyncio it would fail for a reason that misleads, or pass although trio never ran.
            pytest.fail(
                "this test is marked trio, and no plugin that drives trio is loaded (pytest-trio is one)", pytrace=False
            )
        # Pytest's own implementation comes next and calls it, with its usual checks of the result.
        pyfuncitem.obj = self._driving(pyfuncitem.obj)

    # Pytest takes no function for a hook whose name does not begin with pytest_, whatever its specname.
    @pytest.hookimpl(specname="pytest_pyfunc_call", wrapper=True)
    def pytest_keep_function(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        __tracebackhide__ = True
        function = pyfuncitem.obj
        try:
            return (yield)
        finally:
            pyfuncitem.obj = function

    @pytest.hookimpl
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
        resolve = self._loop.resolve
        wrap_unittest_fixture(fixturedef, resolve, functools.partial(drive_class_cleanups, resolve=resolve))
        function = fixturedef.func
        if inspect.isasyncgenfunction(function) or inspect.iscoroutinefunction(function):
            rebound: Callable[..., Any] = resolve_fixture_function(fixturedef, request)
            fixturedef.func = self.driven(rebound)  # type: ignore[misc]

    @pytest.hookimpl(specname="pytest_fixture_setup", wrapper=True)
    def pytest_keep_fixture_function(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        __tracebackhide__ = True
        function = fixturedef.func
        try:
            return (yield)
        finally:
            fixturedef.func = function  # type: ignore[misc]

    def _driving(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> object:
            __tracebackhide__ = True
            with driven_examples(function, self._loop.call):
                return self._loop.resolve(function(*args, **kwargs))

        return call

    def _driving_generator(self, function: Callable[..., AsyncGenerator[Any, None]]) -> Callable[..., Any]:
        @functools.wraps(function)
        def generate(*args: Any, **kwargs: Any) -> Generator[Any, None, None]:
            __tracebackhide__ = True
            generator = function(*args, **kwargs)
            # The finalizer runs where the set-up ran, whatever loop is current by then.
            task = self._loop.task()
            yield task.run(generator.__anext__())
            task.run(_finish(generator, function.__name__))

        return generate


async def _finish(generator: AsyncGenerator[Any, None], name: str) -> None:
    __tracebackhide__ = True
    advance: Awaitable[Any] = generator.__anext__()
    try:
        await advance
    except StopAsyncIteration:
        return
    raise RuntimeError(f"async fixture {name!r} yielded more than once")
