"""Pytest reports for endings that no worker could report itself."""

from __future__ import annotations

import time

import pytest

from isolated_async_workers.wire.messages import StageRaised
from isolated_async_workers.wire.section_titles import WHY

from ..endings.crash_text import shorten
from ..endings.verdict import BrokenOff, Ending, Finished, Remains
from ..pytest_private import FailureText, failure_text, xfail_reason

#: In pytest a test that dies before its setup has begun is an error at setup.
_WHEN = {"start": "setup", "setup": "setup", "call": "call", "teardown": "teardown"}


def report_ending(item: pytest.Item, ending: Ending, remains: Remains) -> pytest.TestReport:
    """The failed report of the stage in which the case ended."""
    when = _WHEN[remains.stage]
    report = pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords=dict.fromkeys(item.keywords, 1),
        outcome="failed",
        longrepr=_describe(item, ending, remains),
        when=when,  # type: ignore[arg-type]
        sections=[
            (f"Captured {name} {when}", text)
            for name, text in (("stdout", remains.stdout), ("stderr", remains.stderr))
            if text
        ],
        duration=max(0.0, time.time() - remains.started),
        start=remains.started,
        stop=time.time(),
        user_properties=item.user_properties,
    )
    _expect_failure(item, report)
    return report


def report_broken_off(item: pytest.Item, report: pytest.TestReport, verdict: BrokenOff) -> pytest.TestReport:
    """The worker's report of a stage that was broken off, with the verdict in the place of what broke it off."""
    report.longrepr = _describe(item, verdict.ending, verdict.remains)
    if not (report.failed or _was_marked_meanwhile(item, report)):
        # It has swallowed what was to break it off, has skipped instead, or was over just then.
        report.outcome = "failed"
        vars(report).pop("wasxfail", None)
        _expect_failure(item, report)
    return report


def _was_marked_meanwhile(item: pytest.Item, report: pytest.TestReport) -> bool:
    """True for a failure that is expected by a marker which the test has got in the worker: the item here lacks it."""
    return (
        report.skipped and hasattr(report, "wasxfail") and "xfail" in report.keywords and "xfail" not in item.keywords
    )


def raised_by(ending: Ending, remains: Remains) -> StageRaised:
    """The ending as an exception, by the name of its kind: for what runs tests again."""
    assert not isinstance(ending, Finished)
    kind = type(ending)
    return StageRaised([[kind.__module__, kind.__qualname__, ending.describe(remains.stage), ""]])


def _describe(item: pytest.Item, ending: Ending, remains: Remains) -> FailureText:
    ended = describe_ending(ending, remains)
    text = failure_text(item, ended, ended.splitlines()[0])
    if remains.why:
        text.addsection(WHY, remains.why)
    return text


def describe_ending(ending: Ending, remains: Remains) -> str:
    """What has happened, and where everything stood."""
    assert not isinstance(ending, Finished)
    parts = [ending.describe(remains.stage)]
    if remains.stacks:
        parts.append(f"Tasks and threads when the time was up:\n\n{remains.stacks}")
    elif remains.crash:
        parts.append(f"Python stack of the worker (faulthandler):\n\n{shorten(remains.crash)}")
    return "\n\n".join(parts)


def _expect_failure(item: pytest.Item, report: pytest.TestReport) -> None:
    reason = xfail_reason(item)
    if reason is not None:
        report.outcome = "skipped"
        report.wasxfail = reason


def report_unknown_test(node_id: str) -> pytest.TestReport:
    """The error of a test that only the worker side collected."""
    return pytest.TestReport(
        nodeid=node_id,
        location=(node_id.split("::")[0], None, node_id),
        keywords={},
        outcome="failed",
        longrepr=(
            "only the worker side collected this test: the suite collects differently each time, "
            "and the pytest process that reports does not know it"
        ),
        when="setup",
    )


def report_replay_failure(item: pytest.Item, trace: str) -> pytest.TestReport:
    """The error of a test whose worker reported something that cannot be replayed here."""
    message = "internal error of isolated-async: what the worker reported cannot be replayed"
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords=dict.fromkeys(item.keywords, 1),
        outcome="failed",
        longrepr=failure_text(item, f"{message}\n\n{trace}", message),
        when="teardown",
    )
