"""The collected suite inside a zygote, prepared so that a case reports to the host and to nobody else."""

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop
from collections import Counter
from collections.abc import Sequence
from typing import TextIO, cast

import pytest

from . import attempts
from .case_directory import tidy_case_basetemp
from .debugger import Debugger
from .driving import event_loop_fixture
from .driving.anyio_loop import AnyioLoop
from .driving.driver import Driver
from .driving.isolated_case import IsolatedCaseCalls
from .driving.pytest_asyncio_loop import PytestAsyncioLoop
from .driving.unittest_calls import UnittestCalls
from .explanations.evidence import Evidence
from .false_green.uncalled_hooks import UncalledHooks
from .false_green.watch import FalseGreen
from .forked_copies import ForkedCopies
from .leaks.never_awaited import NeverAwaited
from .leaks.origins import Origins
from .leaks.watch import LeakWatch
from .loop.case_loop import CaseLoop
from .loop.import_state import ImportState
from .loop.interruption import Interruption
from .loop.reentry import Reentry
from .loop.stage_interrupted import StageInterrupted
from .plugins import prepare_ordinary_plugins
from .pytest_private import call_just_before_pytest, keep_hook_only_for, redirect_terminal
from .recorder import Recorder
from .standard_library import StandardLibrary
from .wide_fixtures import WIDE_FIXTURES, WideFixtures
from .wire.messages import RunCase
from .wire.shared_definitions import SHARED_DEFINITIONS, SharedDefinitions

#: Hooks that tell the user something: in a worker only the recorder answers them, and the host fires them for
#: everybody else. The logging plugin keeps the start and end of a test, where it opens its live log section; the
#: session counts failures, and tells pytest when there are enough of them.
_REPORTING_HOOKS = {
    "pytest_runtest_logstart": frozenset({"logging-plugin"}),
    "pytest_runtest_logfinish": frozenset({"logging-plugin"}),
    "pytest_runtest_logreport": frozenset({"logging-plugin", "session"}),
    "pytest_warning_recorded": frozenset[str](),
}


class Suite:
    """The items of one collected session, and the plugins that run them here.

    ``loops`` are those that were open when what was loaded so far was frozen, if it was.
    """

    def __init__(self, session: pytest.Session, loops: Sequence[AbstractEventLoop] = ()) -> None:
        self.session = session
        self.loop = CaseLoop()
        self.reentry = Reentry()
        self.forked_copies = ForkedCopies()
        self.import_state = ImportState(session, loops)
        self.driver = Driver(self.loop, self.import_state)
        self.origins = Origins()
        self._never_awaited = NeverAwaited()
        self.leak_watch = LeakWatch(self.loop, self.origins, self._never_awaited)
        self.library = StandardLibrary()
        self.interruption = Interruption(self.loop, self.forget_leaks, StageInterrupted)
        evidence = Evidence(self.origins.place_of, self._never_awaited.of_this_test, self.leak_watch.destroyed_tasks)
        self.recorder = Recorder(session.config, evidence, self.interruption, self.library)
        self.shared: SharedDefinitions = getattr(session, SHARED_DEFINITIONS, SharedDefinitions())
        self.debugger = Debugger(self.recorder.terminal.flush)
        self._items: dict[tuple[str, int], pytest.Item] = {}
        seen: Counter[str] = Counter()
        for item in session.items:
            self._items[item.nodeid, seen[item.nodeid]] = item
            seen[item.nodeid] += 1
        self._last_finalizer = self.loop.close
        session.teardown = self._wind_up  # type: ignore[method-assign]
        self._prepare_plugins()
        self.recorder.coverage.install()
        # With what we have patched ourselves.
        self.library.keep()

    @property
    def node_ids(self) -> list[str]:
        """The node ids in collection order, duplicates included."""
        return [node_id for node_id, _ in self._items]

    def find(self, node_id: str, occurrence: int) -> pytest.Item | None:
        """The ``occurrence``-th item (from 0) with this node id, or None."""
        return self._items.get((node_id, occurrence))

    def key_of(self, item: pytest.Item) -> tuple[str, int]:
        """What :meth:`find` finds this item by."""
        return next(key for key, each in self._items.items() if each is item)

    def begin_case(self, item: pytest.Item, request: RunCase) -> None:
        """Take the choices that the host has made for this case."""
        self.recorder.begin_case(is_attempt=request.attempt > 0)
        attempts.begin(item, request.attempt)
        # Whether the failure of an attempt counts, the host knows when it makes no further one.
        self.session.testsfailed = -sys.maxsize if request.attempt else request.failures
        self.driver.loop_factory = request.loop_factory
        self.reentry.begin_case(allowed=request.nested)
        if request.leaks != "ignore":
            self.leak_watch.begin(item, request.leaks)
            self._last_finalizer = self.leak_watch.end

    def forget_leaks(self) -> None:
        """The case is broken off: what it leaves behind is nobody's leak, and is only ended."""
        self._last_finalizer = self.loop.close

    def _wind_up(self) -> None:
        """The session's own teardown: the last finalizer of all."""
        self.recorder.wind_up()
        tidy_case_basetemp(self.session.config)
        self.library.insist(self._last_finalizer)

    def _prepare_plugins(self) -> None:
        config = self.session.config
        plugins = config.pluginmanager
        for hook_name, plugin_names in _REPORTING_HOOKS.items():
            keep_hook_only_for(config, hook_name, plugin_names)
        attempts.leave_to_the_host(config)
        reporter = plugins.get_plugin("terminalreporter")
        if reporter is not None:
            redirect_terminal(reporter, cast(TextIO, self.recorder.terminal))
            plugins.unregister(reporter)
            plugins.register(_SilentReporter(reporter), "terminalreporter")
        plugins.register(self.recorder, "isolated-async-recorder")
        plugins.register(self.debugger, "isolated-async-debugger")
        plugins.register(self.driver, "isolated-async-driver")
        for hook_name in ("pytest_pyfunc_call", "pytest_fixture_setup"):
            call_just_before_pytest(config, self.driver, hook_name)
        plugins.register(PytestAsyncioLoop(self.loop), "isolated-async-pytest-asyncio")
        AnyioLoop(self.loop).install()
        event_loop_fixture.install(plugins, self.loop)
        plugins.register(self._never_awaited, "isolated-async-never-awaited")
        false_green = FalseGreen(self.recorder, self._never_awaited)
        plugins.register(false_green, "isolated-async-false-green")
        plugins.register(UncalledHooks(), "isolated-async-uncalled-hooks")
        if "unittest" in sys.modules:
            UnittestCalls(self.loop, self.reentry, false_green).install()
            IsolatedCaseCalls(self.loop, self.reentry, false_green).install()
        plugins.register(self.leak_watch, "isolated-async-leak-watch")
        plugins.register(self.forked_copies, "isolated-async-forked-copies")
        self.leak_watch.install()
        plugins.register(WideFixtures(self.recorder, self.shared), WIDE_FIXTURES)
        prepare_ordinary_plugins(config, self.recorder.note_of_plugin)


class _SilentReporter:
    """Pytest's terminal reporter without its hooks: what it is asked to write goes to the host."""

    def __init__(self, reporter: object) -> None:
        self._reporter = reporter

    def __getattr__(self, name: str) -> object:
        return getattr(self._reporter, name)
