"""Coroutines that nobody awaited: Python's own warning, in one line that also says where the coroutine was made.

Everything else about the warning is Python's: its category, the line it is attributed to, and what filters make of it.
"""

from __future__ import annotations

import linecache
import sys
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from ..places import Place
from ..wire.light_dataclass import dataclass
from .coroutine_origin import CoroutineOrigin
from .findings import Findings, Kind

#: Warnings that are kept for a case.
_MOST_KEPT = 1000

# What the test has put in their place must not run here.
_getframe = sys._getframe
_getline = linecache.getline
_format = traceback.format_list


@dataclass(frozen=True, slots=True)
class Unawaited:
    """A coroutine that has gone without having run.

    Attributes:
        what: ``coroutine 'name'``.
        text: of the warning.
        gone: the line at which it went; None where no Python code was running.
        raised: a filter made an error of the warning.
    """

    what: str
    origin: CoroutineOrigin
    text: str
    gone: Place | None
    raised: bool


class NeverAwaited:
    """Takes note of the interpreter's warnings, and words them from ``start`` on."""

    def __init__(self) -> None:
        self._started = False
        self._of_this_test: list[Unawaited] = []
        #: How many of them are kept as well.
        self._count_kept = 0
        self._log_of_pytest: object = None
        #: Of tests that are over.
        self._kept: list[Unawaited] = []
        #: Told of each coroutine that goes without ever having run, whether the case is watched or not.
        self.listener: Callable[[Any], None] = lambda _: None

    def install(self) -> None:
        """Take the place of the function that the interpreter calls."""

        def warn_unawaited_coroutine(coroutine: Any) -> None:
            __tracebackhide__ = True
            self.listener(coroutine)
            self._warn(coroutine)

        warnings._warn_unawaited_coroutine = warn_unawaited_coroutine  # type: ignore[attr-defined]

    def start(self) -> None:
        """Say where coroutines were made."""
        self._started = True

    def of_this_test(self) -> list[Unawaited]:
        """Those that its filters do not ignore, and that it does not expect with ``pytest.warns``."""
        return self._heard(self._of_this_test)

    def end_test(self) -> None:
        """Keep those of this test: only now can it be told which of them anybody is to hear of."""
        self._kept += self._heard(self._of_this_test[self._count_kept :])
        self._count_kept = len(self._of_this_test)

    def report(self, findings: Findings) -> None:
        """Add what was not awaited, in this test and in those before it that are watched together with it."""
        self.end_test()
        for each in self._kept:
            findings.add(Kind.NEVER_AWAITED, partial(str, f"{each.what} was never awaited"), partial(_place, each))
        self._kept.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        self._log_of_pytest = _log()
        self._of_this_test.clear()
        self._count_kept = 0

    def _warn(self, coroutine: Any) -> None:
        __tracebackhide__ = True
        what = f"coroutine '{coroutine.__qualname__}'"
        origin = CoroutineOrigin.of(coroutine)
        text = self._text(what, origin, coroutine)
        below = _getframe(1).f_back
        gone = None if below is None else Place.of(below, below.f_lineno)
        del below
        raised = True
        try:
            # Two levels of ours above the frame in which the coroutine was collected.
            warnings.warn(text, category=RuntimeWarning, stacklevel=3, source=coroutine)
            raised = False
        finally:
            if len(self._of_this_test) + len(self._kept) < _MOST_KEPT:
                self._of_this_test.append(Unawaited(what, origin, text, gone, raised))

    def _text(self, what: str, origin: CoroutineOrigin, coroutine: Any) -> str:
        said = f"{what} was never awaited"
        if not self._started:
            return said + _python_says_where(coroutine)
        # A test that records warnings itself may know Python's own words.
        told = origin.place is not None and _log() is self._log_of_pytest
        return f"{said}, made at {origin.place}" if told else said

    def _heard(self, unawaited: list[Unawaited]) -> list[Unawaited]:
        """Those that reached pytest; all of them if it records none."""
        if not isinstance(self._log_of_pytest, list):
            return list(unawaited)
        heard = {str(entry.message) for entry in self._log_of_pytest if issubclass(entry.category, RuntimeWarning)}
        return [each for each in unawaited if each.raised or each.text in heard]


def _python_says_where(coroutine: Any) -> str:
    """What Python itself adds where somebody has made it note where coroutines are made."""
    if coroutine.cr_origin is None:
        return ""
    calls = [(*call, _getline(call[0], call[1])) for call in reversed(coroutine.cr_origin)]
    return "".join(["\nCoroutine created at (most recent call last)\n", *_format(calls)]).rstrip("\n")


def _log() -> object:
    """The list that ``warnings.catch_warnings(record=True)`` fills now; None outside of any."""
    return getattr(getattr(warnings, "_showwarnmsg_impl", None), "__self__", None)


def _place(unawaited: Unawaited) -> Place | None:
    return unawaited.origin.place
