"""The host's part in a session that has isolated tests: the pytest plugin that takes their runtest protocol over."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator

import pytest

from .case import Case
from .dispatcher import Dispatcher
from .launch import fork_zygote, spawn_zygote, why_not_fork, why_unsupported
from .options import Settings
from .pytest_private import basetemp, teardown_towards
from .replay import Replay
from .reports import report_ending, report_unknown_test
from .selection import IsolatedItem, Selection
from .verdict import Finished


@contextlib.contextmanager
def isolating(session: pytest.Session, selection: Selection, settings: Settings) -> Iterator[None]:
    """While it is open, the isolated tests of ``session`` run in workers; afterwards no process of ours is left.

    Raises:
        pytest.UsageError: workers cannot be forked on this platform.
    """
    if reason := why_unsupported():
        raise pytest.UsageError(reason)
    directory = basetemp(session.config)
    # Before anything else of ours exists: what the zygote inherits, every worker has.
    zygote = spawn_zygote(session.config, directory) if why_not_fork() else fork_zygote(session, directory)
    dispatcher = Dispatcher(zygote, settings.workers, len(selection.isolated))
    host = Host(session, selection, dispatcher, settings.workers)
    try:
        session.config.pluginmanager.register(host, "isolated-async-host")
        yield
        host.report_differences()
    finally:
        session.config.pluginmanager.unregister(host)
        dispatcher.close()


class Host:
    """The plugin that is registered while the test loop runs."""

    def __init__(self, session: pytest.Session, selection: Selection, dispatcher: Dispatcher, workers: int) -> None:
        self._session = session
        self._selection = selection
        self._dispatcher = dispatcher
        self._workers = workers
        self._replay = Replay(session.config)
        self._positions = {item: position for position, item in enumerate(selection.items)}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        isolated = self._selection.isolated.get(item)
        if self._workers > 1:
            ahead = self._following(item, nextitem)
            self._dispatcher.start_ahead(itertools.islice(ahead, self._workers))
        if isolated is None:
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for event in self._dispatcher.run(isolated):
            if isinstance(event, Case):
                self._conclude(item, event)
            else:
                self._replay.replay(item, event)
        self._tear_down_host_fixtures(item, nextitem)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def report_differences(self) -> None:
        """Report what a zygote that collected for itself has collected and the host has not."""
        there = self._dispatcher.collected_there
        if there is not None:
            only_there = Counter(there) - Counter(item.nodeid for item in self._selection.items)
            for node_id in only_there.elements():
                self._session.config.hook.pytest_runtest_logreport(report=report_unknown_test(node_id))

    def _following(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[IsolatedItem]:
        """The isolated tests from ``item`` on, as far as the order is known."""
        position = self._positions[item]
        rest = self._selection.items[position + 1 :]
        if nextitem is None or not rest or rest[0] is not nextitem:
            # Somebody else decides the order (xdist): nothing but the next test is certain.
            rest = [] if nextitem is None else [nextitem]
        isolated = self._selection.isolated
        return (isolated[each] for each in (item, *rest) if each in isolated)

    def _conclude(self, item: pytest.Item, case: Case) -> None:
        assert case.ending is not None
        assert case.remains is not None
        if not isinstance(case.ending, Finished):
            item.ihook.pytest_runtest_logreport(report=report_ending(item, case.ending, case.remains))

    def _tear_down_host_fixtures(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """What an earlier test left set up in the host for its module or class, and the next one does not need."""
        call = pytest.CallInfo.from_call(lambda: teardown_towards(self._session, nextitem), when="teardown")
        if call.excinfo is not None:
            report = pytest.TestReport.from_item_and_call(item, call)
            item.ihook.pytest_runtest_logreport(report=report)
