"""What a report that came from a worker must be like, so that nothing that reads it later can fail over it.

Pytest and its plugins read some of it only at the end of the session, when a mistake in one report would cost the
summary of all tests.
"""

from __future__ import annotations

import pytest

_Number = (int, float)
#: Attribute -> what it may be. What else a report has is a plugin's own.
_TYPES: dict[str, type | tuple[type, ...]] = {
    "nodeid": str,
    "outcome": str,
    "keywords": dict,
    "duration": _Number,
    "start": _Number,
    "stop": _Number,
    "wasxfail": str,
}
_STAGES = ("setup", "call", "teardown")


class BadReport(Exception):
    """A worker sent a report that no pytest has made: the test, or a hook, has tampered with it."""


def check_report(report: pytest.TestReport) -> None:
    """Look at every part of a report that is read later.

    Raises:
        BadReport: some part is not what pytest makes it.
    """
    for name, expected in _TYPES.items():
        if hasattr(report, name):
            _expect(isinstance(getattr(report, name), expected), report, name)
    _expect(report.when in _STAGES, report, "when")
    _expect(_is_location(report.location), report, "location")
    _expect(all(_is_pair_of_texts(each) for each in report.sections), report, "sections")
    are_pairs = all(isinstance(each, list | tuple) and len(each) == 2 for each in report.user_properties)
    _expect(are_pairs, report, "user_properties")
    for name in vars(report):
        # It would take the place of a method.
        _expect(not callable(getattr(pytest.TestReport, name, None)), report, name)
    _check_failure(report)


def _check_failure(report: pytest.TestReport) -> None:
    failure = report.longrepr
    if isinstance(failure, tuple):
        path, line, reason = failure
        _expect(isinstance(path, str) and isinstance(line, int) and isinstance(reason, str), report, "longrepr")
    elif report.skipped and not hasattr(report, "wasxfail"):
        # The summary of skipped tests takes it apart.
        _expect(False, report, "longrepr")
    elif failure is not None:
        report.longreprtext  # noqa: B018 - if it cannot be shown, it says so here
        crash = getattr(failure, "reprcrash", None)
        if crash is not None:
            fine = isinstance(crash.path, str) and isinstance(crash.lineno, int) and isinstance(crash.message, str)
            _expect(fine, report, "reprcrash")


def _is_location(value: object) -> bool:
    match value:
        case (str(), None | int(), str()):
            return True
    return False


def _is_pair_of_texts(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, str) for part in value)


def _expect(is_fine: bool, report: pytest.TestReport, name: str) -> None:
    if not is_fine:
        shown = repr(getattr(report, name, None))[:80]
        raise BadReport(f"{name} of a report must not be {shown}")
