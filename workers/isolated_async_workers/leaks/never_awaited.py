"""Coroutines that nobody awaited: Python's own warning, in one line that also says where the coroutine was made.

Everything else about the warning is Python's: its category, the line it is attributed to, and what filters make of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from ..places import Place
from .findings import Findings, Kind
from .origins import place_of_coroutine

#: Warnings that are kept for a case with ``leaks="error"``.
_MOST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class _Warned:
    what: str
    text: str
    place: Place | None
    #: A filter made an error of it.
    raised: bool


class NeverAwaited:
    """Words the interpreter's warning, from ``start`` on, and knows what it was about."""

    def __init__(self) -> None:
        self._started = False
        self._warned: list[_Warned] = []
        self._log_of_pytest: object = None
        #: Of tests that are over.
        self._kept: list[_Warned] = []
        #: Told of each coroutine that goes without ever having run, whether the case is watched or not.
        self.listener: Callable[[Any], None] = lambda _: None

    def install(self) -> None:
        """Take the place of the function that the interpreter calls; it does what it did before ``start``."""
        original = warnings._warn_unawaited_coroutine  # type: ignore[attr-defined]

        def warn_unawaited_coroutine(coroutine: Any) -> None:
            self.listener(coroutine)
            if self._started:
                self._warn(coroutine)
            else:
                original(coroutine)

        warnings._warn_unawaited_coroutine = warn_unawaited_coroutine  # type: ignore[attr-defined]

    def start(self) -> None:
        """Say where coroutines were made."""
        self._started = True

    def end_test(self) -> None:
        """Forget what this test's filters ignore, or what it expects with ``pytest.warns``: only now can it be told."""
        heard = _texts_that_reached_pytest()
        self._kept += [each for each in self._warned if each.raised or heard is None or each.text in heard]
        self._warned.clear()

    def report(self, findings: Findings) -> None:
        """Add what was not awaited, in this test and in those before it that are watched together with it."""
        self.end_test()
        for warned in self._kept:
            findings.add(Kind.NEVER_AWAITED, partial(str, warned.what), partial(_place, warned))
        self._kept.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        self._log_of_pytest = _log()

    def _warn(self, coroutine: Any) -> None:
        what = f"coroutine '{coroutine.__qualname__}' was never awaited"
        place = place_of_coroutine(coroutine)
        # A test that records warnings itself may know Python's own words.
        text = what if place is None or _log() is not self._log_of_pytest else f"{what}, made at {place}"
        raised = True
        try:
            # Two levels of ours above the frame in which the coroutine was collected.
            warnings.warn(text, category=RuntimeWarning, stacklevel=3, source=coroutine)
            raised = False
        finally:
            if len(self._warned) + len(self._kept) < _MOST_KEPT:
                self._warned.append(_Warned(what, text, place, raised))


def _texts_that_reached_pytest() -> set[str] | None:
    """Of the warnings that pytest has recorded for this test; None if it records none."""
    log = _log()
    if not isinstance(log, list):
        return None
    return {str(entry.message) for entry in log if issubclass(entry.category, RuntimeWarning)}


def _log() -> object:
    """The list that ``warnings.catch_warnings(record=True)`` fills now; None outside of any."""
    return getattr(getattr(warnings, "_showwarnmsg_impl", None), "__self__", None)


def _place(warned: _Warned) -> Place | None:
    return warned.place
