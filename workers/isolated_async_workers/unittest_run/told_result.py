"""What ``unittest`` tells a result about a test in the worker, told to the host as it happens.

::

    TestCase.run, TestSuite --addError, ...--> ToldResult --OutcomeTold--> host: the same call on the result there
    a stage that fails outside of them     ----^

A traceback travels as the text that unittest's own result makes of it, without the frames of what runs tests, and with
what we have to explain.
"""

from __future__ import annotations

import unittest
from collections.abc import Generator
from types import TracebackType
from typing import Any, Literal

import pytest

from ..places import is_machinery
from ..recorder import Recorder
from ..wire.messages import OutcomeTold
from ..wire.printed import printed

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
_Told = Literal["addError", "addFailure", "addExpectedFailure", "addSubTest"]


class NotSetUp(Exception):
    """A fixture of the test's class or module has failed, and the host has been told."""


class ToldResult(unittest.TestResult):
    """The result of every test in a worker; also the pytest plugin that sees to what no ``TestCase`` tells.

    It keeps what it is told as well: a ``tearDown`` may look there for what has failed.
    """

    def __init__(self, recorder: Recorder, *, failfast: bool, tb_locals: bool) -> None:
        super().__init__()
        self.failfast = failfast
        self.tb_locals = tb_locals
        self._recorder = recorder
        self._is_telling = False
        self._is_told = False
        #: The test that runs, or has run last.
        self.item: pytest.Item | None = None

    def startTest(self, test: unittest.TestCase) -> None:
        self.testsRun += 1
        self._recorder.tell_outcome(OutcomeTold("startTest"))

    def stopTest(self, test: unittest.TestCase) -> None:
        # The host decides when the test is over: teardown is still to come.
        pass

    def addSuccess(self, test: unittest.TestCase) -> None:
        self._recorder.tell_outcome(OutcomeTold("addSuccess"))

    def addError(self, test: Any, err: Any) -> None:
        self.errors.append((test, self._tell_exception("addError", err, test)))

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        self.failures.append((test, self._tell_exception("addFailure", err, test)))

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:
        self.expectedFailures.append((test, self._tell_exception("addExpectedFailure", err, test)))

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        self.unexpectedSuccesses.append(test)
        self._recorder.tell_outcome(OutcomeTold("addUnexpectedSuccess"))

    def addSkip(self, test: Any, reason: str) -> None:
        self.skipped.append((test, reason))
        subtest = _describe(test) if hasattr(test, "test_case") else None
        self._recorder.tell_outcome(OutcomeTold("addSkip", _fixture(test), str(reason), subtest=subtest))

    def addSubTest(self, test: unittest.TestCase, subtest: Any, err: Any) -> None:
        if err is None:
            self._recorder.tell_outcome(OutcomeTold("addSubTest", subtest=_describe(subtest)))
        else:
            text = self._tell_exception("addSubTest", err, test, _describe(subtest))
            kept = self.failures if issubclass(err[0], test.failureException) else self.errors
            kept.append((subtest, text))

    def addDuration(self, test: unittest.TestCase, elapsed: float) -> None:
        self._recorder.tell_outcome(OutcomeTold("addDuration", elapsed_s=elapsed))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        self._is_told = False
        if call.excinfo is not None and report.failed and not self._is_telling:
            error = call.excinfo.value
            self._is_told = True
            if not isinstance(error, NotSetUp):
                method: _Told = "addFailure" if isinstance(error, AssertionError) else "addError"
                text = self._text((type(error), error, call.excinfo.tb), item.instance)  # type: ignore[attr-defined]
                self._tell(method, error, text + _explanations(report))
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self._is_told:
            # The teardown of a group that is broken off; see pytest_private.py.
            self._recorder.tell_outcome(OutcomeTold("addError", text=report.longreprtext, error="Error"))
        self._is_told = False

    def _tell_exception(self, method: _Told, error: ExcInfo, test: Any, subtest: dict[str, Any] | None = None) -> str:
        text = self._text(error, test) + self._explain(error)
        is_failure = subtest is not None and issubclass(error[0], test.failureException)
        self._tell(method, error[1], text, fixture=_fixture(test), is_failure=is_failure, subtest=subtest)
        return text

    def _tell(self, method: _Told, error: BaseException, text: str, **others: Any) -> None:
        name = type(error).__name__
        self._recorder.tell_outcome(OutcomeTold(method, text=text, error=name, message=printed(error), **others))

    def _text(self, error: ExcInfo, test: Any) -> str:
        kind, value, trace = error
        if isinstance(value, pytest.fail.Exception) and not value.pytrace:
            return f"{value.msg}\n"
        users = trace
        while users is not None and is_machinery(users.tb_frame):
            users = users.tb_next
        format_error: Any = self._exc_info_to_string  # type: ignore[attr-defined]
        return str(format_error((kind, value, users or trace), test))

    def _explain(self, error: ExcInfo) -> str:
        """What our plugins add to the report that pytest makes of this exception."""

        def raise_again() -> None:
            raise error[1].with_traceback(error[2])

        assert self.item is not None
        call = pytest.CallInfo.from_call(raise_again, when="call")
        self._is_telling = True
        try:
            return _explanations(self.item.ihook.pytest_runtest_makereport(item=self.item, call=call))
        finally:
            self._is_telling = False


def _explanations(report: pytest.TestReport) -> str:
    sections = [(name, text) for name, text, *_ in getattr(report.longrepr, "sections", ())] + report.sections
    return "".join(f"\n{name}\n{text.rstrip()}\n" for name, text in sections if name.startswith("isolated-loop"))


def _fixture(test: Any) -> str:
    """``setUpClass (module.Class)`` where this is no test, but what unittest has in the place of one."""
    return "" if hasattr(test, "failureException") and test.failureException is not None else str(test.id())


def _describe(subtest: Any) -> dict[str, Any]:
    message = subtest._message
    is_given = message is not unittest.case._subtest_msg_sentinel  # type: ignore[attr-defined]
    return {
        "message": str(message) if is_given else None,
        "params": {name: repr(value) for name, value in subtest.params.items()},
    }
