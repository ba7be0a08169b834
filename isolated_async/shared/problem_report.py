"""The report of what has failed in a shared fixture after its value was handed out."""

from __future__ import annotations

import pytest

from ..pytest_private import failure_text


def report_shared_problem(item: pytest.Item, text: str, sections: list[list[str]]) -> pytest.TestReport:
    """The error at teardown of a shared fixture, or of its process, on this test."""
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords=dict.fromkeys(item.keywords, 1),
        outcome="failed",
        longrepr=failure_text(item, text, text.splitlines()[0]),
        when="teardown",
        sections=[(f"Captured {title} {stage}", content) for stage, title, content in sections],
    )
