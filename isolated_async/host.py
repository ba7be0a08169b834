"""The host's part in a session that has isolated tests: the pytest plugin that takes their runtest protocol over."""

from __future__ import annotations

import contextlib
import faulthandler
import traceback
from collections import Counter
from collections.abc import Iterator

import pytest

from isolated_async_workers.wire.messages import FalseGreenFound, StageRaised, WideFixtureSetUp
from isolated_async_workers.wire.system import why_unsupported

from .cases.case import Case
from .cases.dispatcher import Dispatcher
from .cases.events import Event
from .cases.groups import Groups
from .cases.limits import Limits
from .choice.options import Settings
from .choice.selection import IsolatedItem, Selection
from .endings.verdict import Finished
from .processes.fork_notes import describe_found_late
from .processes.launch import suite_of
from .processes.machine import MachineStart
from .processes.start_method import start_methods
from .processes.zygote_choice import choose_zygote
from .profiling.wanted import PROFILE_PLUGIN
from .pytest_private import basetemp, teardown_towards
from .shared.collection import are_needed, shared_definitions
from .shared.here import SharedHere
from .shared.plan import SharedPlan
from .telling.coverage_merge import CoverageMerge
from .telling.replay import Replay
from .telling.reports import raised_by, report_ending, report_replay_failure, report_unknown_test
from .telling.run_notes import RunNotes
from .terminal.user_terminal import UserTerminal

#: Cases that may be finished and wait for their turn to be reported, while the host waits for a slow one or runs a
#: test of its own. Their reports are held in memory: some ten kilobytes each.
_STARTED_AHEAD = 500


@contextlib.contextmanager
def isolating(session: pytest.Session, selection: Selection, settings: Settings, notes: RunNotes) -> Iterator[None]:
    """While it is open, the isolated tests of ``session`` run in workers; afterwards no process of ours is left.

    ``notes`` takes what the end of the run has to say to the user.

    Raises:
        pytest.UsageError: there can be no workers on this platform.
    """
    if reason := why_unsupported():
        raise pytest.UsageError(reason)
    definitions = shared_definitions(session)
    host = _make_host(session, selection, settings, notes)
    dispatcher = host.dispatcher
    # After the fork: a worker asks this process.
    definitions.answer = host.shared.answer
    interrupted = False
    # The last one first. Each of them is done, whatever becomes of the others and however the run ends.
    with contextlib.ExitStack() as at_the_end:
        # Now: whoever reports does so after the last test.
        at_the_end.callback(lambda: notes.lines.extend(host.coverage.hand_over()))
        at_the_end.callback(host.report_shared)
        at_the_end.callback(lambda: dispatcher.close(interrupted=interrupted))
        at_the_end.callback(setattr, definitions, "answer", None)
        try:
            _await_machines(dispatcher)
            host.plan()
            at_the_end.callback(_tell, host, selection, notes)
            with host.in_charge():
                yield
        except KeyboardInterrupt:
            interrupted = True
            raise


def _tell(host: Host, selection: Selection, notes: RunNotes) -> None:
    """What was found out of the suite while it ran."""
    notes.lines += describe_found_late(selection.found_late)
    notes.lines += [note for machine in host.dispatcher.machines.all for note in machine.fork_notes]
    host.report_differences()


def _make_host(session: pytest.Session, selection: Selection, settings: Settings, notes: RunNotes) -> Host:
    for item in selection.isolated:
        # This process asks for it at the turn of each test; forks of it find that done.
        item.location  # noqa: B018
    suite = suite_of(session.config, basetemp(session.config))
    start, another = choose_zygote(session, selection, suite, serves_all=are_needed(session, selection.items))
    # Where the first failures end the run, as little as possible is run in vain.
    slots = settings.workers + sum(each.slots for each in settings.machines)
    ahead = slots if session.config.option.maxfail else _STARTED_AHEAD
    # An xdist worker is told its tests one by one; everywhere else the order is that of the collection.
    order = None if hasattr(session.config, "workerinput") else list(selection.isolated.values())
    groups = Groups(order or (), starts_ahead=slots > 1)
    limits = Limits(ahead, Counter(isolated.start for isolated in selection.isolated.values()), settings.slow_s)
    plan = SharedPlan(
        shared_definitions(session),
        selection.by_key(),
        settings.timeout_s,
        settings.loop_factory,
        selection.start_of,
    )
    methods = start_methods(suite, fork_anyway=selection.forks_anyway)
    local = MachineStart("", settings.workers, methods, start, another)
    machines = [local, *_other_machines(session, selection, settings)]
    profile = session.config.pluginmanager.get_plugin(PROFILE_PLUGIN)
    make_dispatcher = Dispatcher if profile is None else profile.make_dispatcher
    dispatcher = make_dispatcher(machines, limits, groups, plan, UserTerminal(session.config))
    return Host(session, selection, dispatcher, groups, notes)


def _other_machines(session: pytest.Session, selection: Selection, settings: Settings) -> list[MachineStart]:
    if not (settings.machines and selection.isolated):
        return []
    # Only a run on several machines needs it.
    from .remote.start import machine_starts

    return machine_starts(session, settings.machines, fork_anyway=selection.forks_anyway)


def _await_machines(dispatcher: Dispatcher) -> None:
    if dispatcher.machines.others:
        from .remote.start import await_machines

        await_machines(dispatcher.machines.others, dispatcher.listen)


class Host:
    """The plugin that is registered while the test loop runs."""

    def __init__(
        self,
        session: pytest.Session,
        selection: Selection,
        dispatcher: Dispatcher,
        groups: Groups,
        notes: RunNotes,
    ) -> None:
        self._session = session
        self._selection = selection
        self.dispatcher = dispatcher
        self._groups = groups
        self._notes = notes
        self.coverage = CoverageMerge()
        self._replay = Replay(session.config, self._log, self.coverage)
        #: What an attempt at a test that may run again has reported so far; None while there is no such attempt.
        self._attempt: list[tuple[pytest.TestReport, StageRaised | None]] | None = None
        self.shared = SharedHere(dispatcher.shared, self._replay_safely)
        #: The test that pytest has come to.
        self._last: pytest.Item | None = None

    def plan(self) -> None:
        """From here on, tests may start ahead, if their order is known and there is more than one slot for them."""
        if self._groups.starts_ahead and not hasattr(self._session.config, "workerinput"):
            self.dispatcher.plan(self._selection.isolated.values())

    @contextlib.contextmanager
    def in_charge(self) -> Iterator[None]:
        """While it is open, this plugin is registered."""
        plugins = self._session.config.pluginmanager
        plugins.register(self, "isolated-async-host")
        try:
            yield
        except (self._session.Failed, self._session.Interrupted):
            # A test of the host may have stopped the run in the middle of a group.
            self._end_groups()
            raise
        finally:
            plugins.unregister(self)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        self._last = item
        isolated = self._selection.isolated.get(item)
        self._tell_order(isolated, nextitem)
        self.dispatcher.start_ahead()
        if isolated is None:
            return None
        # faulthandler_timeout has just been armed here as well; in the worker it is armed around the test itself.
        faulthandler.cancel_dump_traceback_later()
        if isolated.may_rerun and self._run_attempts(isolated, nextitem):
            self._leave(item, nextitem)
            return True
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for event in self.dispatcher.run(isolated):
            self._take(item, event)
        self._leave(item, nextitem)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _leave(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        if self._session.shouldstop or self._session.shouldfail:
            self._end_groups()
        self._tear_down_host_fixtures(item, nextitem)

    def _run_attempts(self, isolated: IsolatedItem, nextitem: pytest.Item | None) -> bool:
        """Have it run by the plugin that may run it again; False if that does not want to."""
        from .reruns.attempt import StageResult, stage_result

        def attempt(item: pytest.Item) -> list[StageResult]:
            self._attempt = []
            try:
                for event in self.dispatcher.run(isolated):
                    self._take(item, event)
                return [stage_result(report, raised) for report, raised in self._attempt]
            finally:
                self._attempt = None

        return any(rerunner.run(isolated.item, nextitem, attempt) for rerunner in self._selection.others.rerunners)

    def _log(self, item: pytest.Item, report: pytest.TestReport, raised: StageRaised | None) -> None:
        if self._attempt is None or type(report) is not pytest.TestReport:  # Subtests are told at once, as in process.
            item.ihook.pytest_runtest_logreport(report=report)
        else:
            self._attempt.append((report, raised))

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_timeout_set_timer(self, item: pytest.Item) -> bool | None:
        # pytest-timeout arms its timer in the worker, around the test itself; here it would hit the waiting host.
        return True if item in self._selection.isolated else None

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_timeout_cancel_timer(self, item: pytest.Item) -> bool | None:
        return True if item in self._selection.isolated else None

    def report_differences(self) -> None:
        """Report what a zygote that collected for itself has collected and the host has not."""
        there = self.dispatcher.machines.local.zygote.collected_there
        if there is not None:
            only_there = Counter(there) - Counter(item.nodeid for item in self._selection.items)
            for node_id in only_there.elements():
                self._session.config.hook.pytest_runtest_logreport(report=report_unknown_test(node_id))

    def report_shared(self) -> None:
        """Report what has failed in shared fixtures, other than their setup."""
        self.shared.report(self._last)

    def _end_groups(self) -> None:
        """The run stops: report what the teardown of each group says that is in the middle of its tests."""
        for last, event in self.dispatcher.end_groups():
            self._take(last.item, event)

    def _take(self, item: pytest.Item, event: Event | Case) -> None:
        if isinstance(event, Case):
            self._conclude(item, event)
        elif isinstance(event, FalseGreenFound):
            self._notes.note_false_green(item.nodeid)
        elif isinstance(event, WideFixtureSetUp):
            self._notes.wide_fixtures.note(item, event.name, event.scope, event.variant, event.seconds)
        else:
            self._replay_safely(item, event)

    def _conclude(self, item: pytest.Item, case: Case) -> None:
        assert case.ending is not None
        self._replay.end_case()
        if not isinstance(case.ending, Finished):
            assert case.remains is not None
            report = report_ending(item, case.ending, case.remains)
            self._log(item, report, raised_by(case.ending, case.remains))
            self._replay.plugins.end_test(item, report)

    def _tell_order(self, isolated: IsolatedItem | None, nextitem: pytest.Item | None) -> None:
        """Where the order of the tests becomes known only now: two of them."""
        if not hasattr(self._session.config, "workerinput"):
            return
        following = None if nextitem is None else self._selection.isolated.get(nextitem)
        if isolated is not None:
            self._groups.link(isolated, following)
        if self._groups.starts_ahead:
            # A test of a group can only be started when the one after it is known.
            self.dispatcher.plan(
                [each for each in (isolated, following) if each is not None and (each is isolated or not each.group)]
            )

    def _replay_safely(self, item: pytest.Item, event: Event) -> None:
        """One event that cannot be replayed costs its test, not the session."""
        try:
            self._replay.replay(item, event)
        except (KeyboardInterrupt, pytest.exit.Exception):
            raise
        except Exception:  # noqa: BLE001 - a plugin's hook or a user's class may raise anything
            self._log(item, report_replay_failure(item, traceback.format_exc()), None)

    def _tear_down_host_fixtures(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """What an earlier test left set up in the host for its module or class, and the next one does not need."""
        if self._session.shouldstop or self._session.shouldfail:
            nextitem = None
        call = pytest.CallInfo.from_call(
            lambda: teardown_towards(self._session, nextitem),
            when="teardown",
            reraise=(pytest.exit.Exception, KeyboardInterrupt),
        )
        if call.excinfo is not None:
            report = pytest.TestReport.from_item_and_call(item, call)
            item.ihook.pytest_runtest_logreport(report=report)
