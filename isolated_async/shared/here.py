"""Shared fixtures, as tests of the pytest process itself need them; and what their end has to say.

::

    a test that is not isolated --asks--> broker --value, opaque--> the fixture loads it
    a teardown that fails, a crash  -------------> an error at teardown of the last test that has asked
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from isolated_async_workers.wire.messages import SharedValue
from isolated_async_workers.wire.shared_definitions import SharedDefinition

from ..pytest_private import item_of
from .broker import SharedBroker
from .instance import SharedEvent
from .problem_report import report_shared_problem

Replay = Callable[[pytest.Item, SharedEvent], None]


class SharedHere:
    """Answers for the tests of this process."""

    def __init__(self, broker: SharedBroker, replay: Replay) -> None:
        self._broker = broker
        self._replay = replay

    def answer(self, definition: SharedDefinition, request: Any) -> SharedValue:
        """How the setup of a shared fixture has ended, for the test that this request of pytest's is about."""
        item = item_of(request)
        instance = self._broker.value_here(definition.id, item)
        assert instance.answer is not None
        for event in instance.take_events():
            self._replay(item, event)
        return instance.answer

    def report(self, last: pytest.Item | None) -> None:
        """At the end: what has failed after its value was handed out, each on the last test that has asked for it.

        Under xdist, which takes reports about the last test of all only, on that one: ``last``.
        """
        for instance in self._broker.all():
            item = instance.last
            if last is not None and hasattr(item.config, "workerinput"):
                item = last
            for event in instance.take_events():
                self._replay(item, event)
            if instance.problem:
                report = report_shared_problem(item, instance.problem, instance.sections)
                item.ihook.pytest_runtest_logreport(report=report)
