"""One ``unittest`` run with isolated tests: its zygote, its cases, and the suite in which stand-ins take their place.

::

    suite --choose--> isolated: stand-in --called--> dispatcher ... worker --events--> ToldOutcomes --> result
             `------> not isolated: stays, and runs here

The zygote is forked before the first test runs, with everything that unittest has loaded; where that is not safe, a
fresh interpreter imports the tests by their names.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import unittest
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from isolated_async_workers.wire.messages import CollectTests, FalseGreenFound
from isolated_async_workers.wire.system import why_unsupported

from ..cases.dispatcher import Dispatcher
from ..cases.groups import Groups
from ..cases.limits import Limits
from ..choice.selection import IsolatedItem
from ..processes.launch import fork_zygote_of_tests, spawn_zygote, start_spawner, why_not_fork
from ..processes.machine import MachineStart
from ..processes.start_method import start_methods
from ..shared.plan import NOTHING_SHARED
from ..telling.run_notes import RunNotes
from ..terminal.user_terminal import UserTerminal
from .mark import is_marked
from .marked_test import choose
from .stand_in import ShownClasses, StandIn
from .told_outcomes import ToldOutcomes

# Unittest leaves our frames out of its tracebacks.
__unittest = True


@contextlib.contextmanager
def isolating(suite: unittest.TestSuite, result: Any) -> Iterator[None]:
    """While it is open, the isolated tests of ``suite`` run in workers; afterwards no process of ours is left.

    Raises:
        pytest.UsageError: a marker is wrong, or there can be no workers on this platform.
    """
    places = list(_places(suite))
    tests = [tests[index] for tests, index in places]
    chosen = choose(tests) if any(map(is_marked, tests)) else []
    isolated = [(test, each) for test, each in zip(tests, chosen, strict=False) if each is not None]
    if not isolated:
        yield
        return
    shown = ShownClasses([test for test, each in zip(tests, chosen, strict=True) if each is None])
    with _Run(isolated, result) as run:
        for (siblings, index), test, each in zip(places, tests, chosen, strict=True):
            if each is not None:
                siblings[index] = StandIn(test, shown.of(test), functools.partial(run.run, each, test))
        try:
            yield
        finally:
            # Suites may be run again, if they keep their tests.
            for (siblings, index), test in zip(places, tests, strict=True):
                if type(siblings[index]) is StandIn:
                    siblings[index] = test
        run.end_groups()


def run_alone(test: unittest.TestCase, run_here: Callable[[], Any], result: Any) -> Any:
    """Run this one test in a worker, if it is isolated, as :meth:`unittest.TestCase.run` does."""
    (isolated,) = choose([test])
    if isolated is None:
        return run_here()
    own = test.defaultTestResult() if result is None else result
    if result is None:
        own.startTestRun()
    with _Run([(test, isolated)], own) as run:
        run.run(isolated, test, own)
    if result is None:
        own.stopTestRun()
    return own


def _places(suite: Any) -> Iterator[tuple[list[Any], int]]:
    """List and index of every test of a suite and those in it."""
    tests = getattr(suite, "_tests", [])
    for index, each in enumerate(tests):
        if isinstance(each, unittest.BaseTestSuite):
            yield from _places(each)
        elif isinstance(each, unittest.TestCase):
            yield tests, index


class _Run:
    """The isolated tests of one run, in their order."""

    def __init__(self, tests: list[tuple[unittest.TestCase, IsolatedItem]], result: Any) -> None:
        if reason := why_unsupported():
            raise pytest.UsageError(reason)
        self._result = result
        self._notes = RunNotes()
        self._tests = {isolated: test for test, isolated in tests}
        request = _request(self._tests, result)
        spawn = functools.partial(spawn_zygote, request)
        fork = functools.partial(fork_zygote_of_tests, request, list(self._tests.values()))
        total = Counter(isolated.start for isolated in self._tests)
        limits = Limits(ahead=1, total=total, slow_s=None)
        groups = Groups(self._tests, starts_ahead=False)
        start, another = (spawn if why_not_fork() else fork, spawn) if total["fork"] else (start_spawner,) * 2
        machine = MachineStart("", 1, start_methods(request, fork_anyway=True), start, another)
        self._dispatcher = Dispatcher([machine], limits, groups, NOTHING_SHARED, UserTerminal(None))

    def __enter__(self) -> _Run:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self._dispatcher.close(interrupted=kind is not None)
        lines = self._notes.describe(verbosity=0)
        if lines and getattr(self._result, "dots", False):
            print(file=sys.stderr)  # After a dot for each test, and no end of their line.
        for line in lines:
            print(f"isolated-loop: {line}", file=sys.stderr)

    def run(self, isolated: IsolatedItem, test: unittest.TestCase, result: Any) -> None:
        """Run one test, and tell ``result``."""
        outcomes = ToldOutcomes(test, result, shares_worker=bool(isolated.group))
        for event in self._dispatcher.run(isolated):
            if isinstance(event, FalseGreenFound):
                self._notes.note_false_green(test.id())
            else:
                outcomes.take(event)

    def end_groups(self) -> None:
        """The run is over: tell what the teardown of each group says that is in the middle of its tests."""
        groups: dict[IsolatedItem, ToldOutcomes] = {}
        for last, event in self._dispatcher.end_groups():
            if last not in groups:
                groups[last] = ToldOutcomes(self._tests[last], self._result, shares_worker=True, is_over=True)
            groups[last].take(event)


def _request(tests: dict[IsolatedItem, unittest.TestCase], result: Any) -> CollectTests:
    main = getattr(sys.modules["__main__"], "__file__", None) or ""
    return CollectTests(
        [
            [isolated.item.nodeid, type(test).__module__, type(test).__qualname__, test._testMethodName]
            for isolated, test in tests.items()
        ],
        main if any(type(test).__module__ == "__main__" for test in tests.values()) else "",
        os.getcwd(),
        bool(getattr(result, "failfast", False)),
        bool(getattr(result, "tb_locals", False)),
    )
