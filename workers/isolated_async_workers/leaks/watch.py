"""Watches one case for what it leaves behind, and reports it as the case's policy says.

::

    begin --> Origins, LoopErrors, NeverAwaited keep what happens
    end   --> LoopLeaks look --> the loops are closed --> ThreadLeaks look --> warn: pytest_warning_recorded
                                                                          `-> error: the teardown fails

Guarantees: nothing here makes a case fail but the policy ``error``; every wait has a limit.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Callable, Generator
from typing import Any

import pytest

from ..loop.case_loop import CaseLoop
from ..summary_warning import warn_in_summary
from ..wire.leak_warning import LeakWarning
from .findings import Findings, Kind, Leak, error_text
from .loop_errors import DestroyedTask, LoopErrors
from .loop_leaks import LoopLeaks
from .never_awaited import NeverAwaited
from .origins import Origins
from .thread_leaks import ThreadLeaks


class LeakWatch:
    """A pytest plugin. One of it is in each zygote, installed; a worker begins it if its case is to be watched."""

    def __init__(self, case_loop: CaseLoop, origins: Origins, never_awaited: NeverAwaited) -> None:
        self._case_loop = case_loop
        self._origins = origins
        self._findings = Findings()
        self._errors = LoopErrors(origins)
        self._never_awaited = never_awaited
        self._has_begun = False
        self._fails = False

    def install(self) -> None:
        """Patch what has to be listened to, in the zygote; nothing is heard yet."""
        self._origins.install()
        self._errors.install()
        self._never_awaited.install()

    def begin(self, item: pytest.Item, policy: str) -> None:
        """Watch this case; no code of it has run yet.

        The cases of a group are watched together: what they share lives on, so that only its last one can tell.
        """
        self._item = item
        # Of a group, whichever asks for it: nobody can tell whose leak it is.
        self._fails = self._fails or policy == "error"
        if self._has_begun:
            return
        self._has_begun = True
        self._origins.start()
        self._errors.start(self._findings, self._is_logging_watched)
        self._never_awaited.start()
        self._loop_leaks = LoopLeaks(self._case_loop, self._origins, self._findings)
        for runners in _modules_with_runners():
            runners._cancel_all_tasks = self._looking_first(runners._cancel_all_tasks)

    def _looking_first(self, cancel: Callable[[Any], None]) -> Callable[[Any], None]:
        """A runner that was lent a loop of the case cancels what is left on it when it is done."""

        def cancel_all_tasks(loop: Any) -> None:
            if self._case_loop.has_lent(loop):
                with contextlib.suppress(Exception):
                    self._loop_leaks.look_at_tasks(loop)
            cancel(loop)

        return cancel_all_tasks

    def end(self) -> None:
        """The case's last finalizer: look, end what is left, report.

        Raises:
            pytest.fail.Exception: the policy is ``error``, and something was left behind.
        """
        # The test may have broken whatever this looks at.
        with contextlib.suppress(Exception):
            self._loop_leaks.look()
        self._case_loop.close()
        with contextlib.suppress(Exception):
            ThreadLeaks(self._origins, self._findings).look()
        with contextlib.suppress(Exception):
            self._report()

    def _report(self) -> None:
        if self._fails:
            self._never_awaited.report(self._findings)
        if not self._findings:
            return
        leaks = [leak for leak in self._findings.leaks() if not self._is_ignored(leak)]
        # A plugin may try the test again, in this process.
        self._findings.clear()
        if self._fails and leaks:
            # No Exception: it passes through what keeps this from failing a case otherwise.
            pytest.fail(error_text(leaks), pytrace=False)
        for leak in leaks:
            warn_in_summary(self._item, LeakWarning(leak.line), *self._where(leak))

    def destroyed_tasks(self) -> list[DestroyedTask]:
        """The tasks that have gone before they were done, in this test so far."""
        return self._errors.destroyed_of_this_test()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        self._errors.begin_test()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        __tracebackhide__ = True
        try:
            return (yield)
        finally:
            self._never_awaited.end_test()

    def _is_logging_watched(self) -> bool:
        """True while the body of a test runs that can look at what was logged."""
        return "caplog" in getattr(self._item, "fixturenames", ()) and not self._case_loop.is_tearing_down

    def _where(self, leak: Leak) -> tuple[str, int]:
        if leak.place is not None:
            return leak.place.filename, leak.place.lineno
        _, line, _ = self._item.location
        return str(self._item.path), (line or 0) + 1

    def _is_ignored(self, leak: Leak) -> bool:
        """True if the first of the filters in force that is about this warning says so; ``error`` has no say."""
        if leak.kind is Kind.NEVER_AWAITED:
            return False  # Python's own warning has been through its filters.
        filename, lineno = self._where(leak)
        module, _ = os.path.splitext(filename)
        for action, message, category, of_module, at_line in list(warnings.filters):
            if (
                issubclass(LeakWarning, category)
                and _matches(message, leak.line)
                and _matches(of_module, module)
                and at_line in (0, lineno)
            ):
                return action == "ignore"
        return False


def _modules_with_runners() -> list[Any]:
    """Asyncio's own, and the one that pytest-asyncio uses on Python 3.10."""
    names = ("asyncio.runners", "backports.asyncio.runner.runner")
    return [sys.modules[name] for name in names if hasattr(sys.modules.get(name), "_cancel_all_tasks")]


def _matches(pattern: object, text: str) -> bool:
    # The interpreter's own filters have texts where others have patterns.
    match = getattr(pattern, "match", None)
    return pattern is None or (bool(match(text)) if match is not None else pattern == text)
