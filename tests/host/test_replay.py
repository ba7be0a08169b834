"""What is replayed of a case that ends in the middle."""

from __future__ import annotations

from typing import Any

import pytest

from isolated_async.telling.coverage_merge import CoverageMerge
from isolated_async.telling.replay import Replay
from isolated_async_workers.wire.messages import ReportLogged, StageRaised


def test_what_a_stage_has_raised_that_was_never_reported_is_not_that_of_the_next_test(
    pytestconfig: pytest.Config, request: pytest.FixtureRequest
) -> None:
    told: list[StageRaised | None] = []
    replay = Replay(pytestconfig, lambda item, report, raised: told.append(raised), CoverageMerge())
    report = pytest.TestReport(request.node.nodeid, ("a.py", 1, "a"), {}, "passed", None, "call")
    data = pytestconfig.hook.pytest_report_to_serializable(config=pytestconfig, report=report)
    raised: Any = object.__new__(StageRaised)
    for event in (raised, ReportLogged(data)):
        replay.replay(request.node, event)
    replay.replay(request.node, raised)
    # Its worker dies before the report.
    replay.end_case()
    replay.replay(request.node, ReportLogged(data))
    assert told == [raised, None]
