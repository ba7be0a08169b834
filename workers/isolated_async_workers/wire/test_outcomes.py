"""How a test counts, of which pytest has told these reports: for what records a run, on either side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: Of the first line of a failure, so much.
_TOLD_CHARACTERS = 300


def outcome_of(reports: Sequence[Any]) -> str:
    """As pytest counts it at the end, in one word for each test; ``not run`` if there is no report."""
    for report in reports:
        if report.failed:
            return "failed" if report.when == "call" else "error"
    for report in reports:
        if hasattr(report, "wasxfail"):
            return "xfailed" if report.skipped else "xpassed"
        if report.skipped:
            return "skipped"
    return "passed" if reports else "not run"


def why_failed(reports: Sequence[Any]) -> str:
    """The first line of the first failure; empty if there is none."""
    for report in reports:
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            text = getattr(crash, "message", None) or report.longreprtext
            lines = [line for line in str(text).splitlines() if line.strip()]
            return lines[0].strip()[:_TOLD_CHARACTERS] if lines else ""
    return ""
