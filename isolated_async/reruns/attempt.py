"""What one attempt at a test has reported, kept for the plugin that decides whether it counts."""

from __future__ import annotations

from typing import Protocol

import pytest

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.messages import StageRaised

from .stand_in import stand_in


@dataclass(frozen=True, slots=True)
class StageResult:
    """One stage of an attempt: its report, and the call that the report would have been made of in this process."""

    report: pytest.TestReport
    call: pytest.CallInfo[None]


def stage_result(report: pytest.TestReport, raised: StageRaised | None) -> StageResult:
    """``raised`` is what the stage raised, as far as the worker or the verdict says."""
    error = stand_in(raised) if raised is not None else None
    if error is None and report.failed:
        error = RuntimeError(report.longreprtext)
    elif error is None and report.skipped:
        error = pytest.skip.Exception(report.longreprtext)

    def stage() -> None:
        if error is not None:
            raise error

    assert report.when is not None
    return StageResult(report, pytest.CallInfo.from_call(stage, when=report.when))


class RunAttempt(Protocol):
    """Runs one attempt at a test in a fresh worker; all but the reports of its stages is told to pytest at once."""

    def __call__(self, item: pytest.Item) -> list[StageResult]: ...


class Rerunner(Protocol):
    """A plugin that may run a test more than once."""

    def may_rerun(self, item: pytest.Item) -> bool:
        """True if a failure of this test may be followed by another attempt."""

    def run(self, item: pytest.Item, nextitem: pytest.Item | None, attempt: RunAttempt) -> bool:
        """Run attempts until the plugin has enough of them, and log what it wants to be told.

        False if it leaves this test alone: then nothing has run.
        """
