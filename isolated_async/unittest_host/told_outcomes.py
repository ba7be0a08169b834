"""Tells the result of a ``unittest`` run what a worker said about one test.

::

    OutcomeTold       -> the same call on the result
    WarningRecorded   -> warnings.showwarning
    live output       -> the host's stdout and stderr, which the result may keep (-b)
    BrokenOff, Ending -> addError, with the host's verdict

A test that shares its worker tells of the fixtures of its class and module under their own name, once, as unittest
does. One that has a worker, and with it such fixtures, of its own fails, or is skipped, with them.
"""

from __future__ import annotations

import unittest
import warnings
from typing import Any
from unittest.suite import _ErrorHolder  # type: ignore[attr-defined]

from isolated_async_workers.wire.messages import OutcomeTold, SessionStopRequested, WarningRecorded
from isolated_async_workers.wire.section_titles import WHY

from ..cases.case import Case
from ..cases.events import Event
from ..endings.verdict import BrokenOff, Ending, Finished, Remains
from ..processes.live_output import LiveOutput
from ..telling.replay import warning_of
from ..telling.reports import describe_ending
from .remote_failure import ExcInfo, remote_failure


class ToldOutcomes:
    """Of one attempt at one test, from its first word to its last."""

    def __init__(self, test: unittest.TestCase, result: Any, *, shares_worker: bool, is_over: bool = False) -> None:
        """``is_over`` if the result has had this test, and only what its group tears down is still to be told."""
        self._test = test
        self._result = result
        self._shares_worker = shares_worker
        self._has_started = is_over
        self._is_over = is_over
        self._is_success = False
        # Unittest keeps what the fixtures of a class print, as well as what a test does.
        self._call_if_there("_setupStdout")
        if not shares_worker:
            # Else it runs only if they succeed.
            self._start()

    def take(self, event: Event | Case) -> None:
        """Tell the result.

        Raises:
            KeyboardInterrupt: the test was interrupted.
        """
        match event:
            case OutcomeTold():
                self._take_outcome(event)
            case LiveOutput():
                event.write()
            case WarningRecorded():
                warning = warning_of(event)
                warnings.showwarning(
                    warning.message, warning.category, warning.filename, warning.lineno, None, warning.line
                )
            case BrokenOff(ending, remains):
                self._fail(ending, remains)
            case SessionStopRequested("shouldstop" | "shouldfail"):
                self._result.stop()
            case SessionStopRequested(_, reason, _):
                raise KeyboardInterrupt(f"raised by {self._test.id()} at {reason}")
            case Case():
                self._conclude(event)

    def _take_outcome(self, told: OutcomeTold) -> None:
        of_fixture = told.fixture and self._shares_worker
        test = _ErrorHolder(told.fixture) if of_fixture else self._test
        if of_fixture:
            # What comes after the test, a last one of its class, is no part of it.
            self._end()
        elif told.method != "addSkip":
            # Python 3.12.1 does not count the tests that it skips; every other version has started them by now.
            self._start()
        match told.method:
            case "addSuccess":
                # What is torn down after the test may still fail.
                self._is_success = True
            case "addSubTest":
                kind = self._test.failureException if told.is_failure else Exception
                error = _error(told, kind) if told.text else None
                self._result.addSubTest(self._test, self._subtest(told), error)
            case "addSkip":
                self._result.addSkip(test if told.subtest is None else self._subtest(told), told.text)
            case "addUnexpectedSuccess":
                self._result.addUnexpectedSuccess(self._test)
            case "addDuration":
                if (add_duration := getattr(self._result, "addDuration", None)) is not None:
                    add_duration(self._test, told.elapsed_s)
            case "addError" | "addFailure" | "addExpectedFailure":
                self._is_success = False
                kind = self._test.failureException if told.method == "addFailure" else Exception
                getattr(self._result, told.method)(test, _error(told, kind))

    def _conclude(self, case: Case) -> None:
        assert case.ending is not None
        if not isinstance(case.ending, Finished):
            assert case.remains is not None
            self._fail(case.ending, case.remains)
        self._end()
        self._call_if_there("_restoreStdout")

    def _end(self) -> None:
        if self._has_started and not self._is_over:
            self._is_over = True
            if self._is_success:
                self._result.addSuccess(self._test)
            self._result.stopTest(self._test)
            self._call_if_there("_setupStdout")

    def _fail(self, ending: Ending, remains: Remains) -> None:
        self._start()
        self._is_success = False
        text = describe_ending(ending, remains)
        if remains.why:
            text = f"{text}\n\n{WHY}\n{remains.why}"
        self._result.addError(self._test, remote_failure(text, type(ending).__name__))

    def _start(self) -> None:
        if not self._has_started:
            self._has_started = True
            self._result.startTest(self._test)

    def _subtest(self, told: OutcomeTold) -> Any:
        described = told.subtest or {}
        message = described.get("message")
        if message is None:
            message = unittest.case._subtest_msg_sentinel  # type: ignore[attr-defined]
        shown = {name: _Shown(str(text)) for name, text in dict(described.get("params", {})).items()}
        return unittest.case._SubTest(self._test, message, shown)  # type: ignore[attr-defined]

    def _call_if_there(self, name: str) -> None:
        getattr(self._result, name, lambda: None)()


class _Shown:
    """A parameter of a subtest: in the worker it is something that looks like this."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _error(told: OutcomeTold, kind: type[BaseException]) -> ExcInfo:
    return remote_failure(told.text, told.error, told.message, kind)
