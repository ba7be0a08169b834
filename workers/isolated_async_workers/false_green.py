"""Tests that pass in process without their body ever having run: noticed where it happens, and told to the host.

Only ``unittest`` lets them pass: it calls a method and takes whatever it returns for success. Pytest fails a test
function that returns something awaitable.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable

from .conflict_pages import page
from .recorder import Recorder


class FalseGreen:
    """Watches what the test methods of ``unittest`` return."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def check(self, method: Callable[..., object], result: object) -> None:
        """Take note if ``result``, which the test has returned, is its body, waiting to be run.

        Raises:
            AssertionError: it is a generator, which nobody can run as a test.
        """
        is_generator = inspect.isgenerator(result) or inspect.isasyncgen(result)
        if not (is_generator or inspect.isawaitable(result)):
            return
        name = getattr(method, "__qualname__", repr(method))
        kind = "generator" if is_generator else "coroutine"
        if _passes_in_process():
            self._recorder.record_false_green(
                f"In process this test passes without having run: unittest calls {name}, drops the {kind} that it "
                f"returns, and reports success.\nMore: {page('green-without-running')}"
            )
        if is_generator:
            raise AssertionError(
                f"the body of this test never ran: {name} has a `yield` in it, so that a call only makes a generator"
            )


def _passes_in_process() -> bool:
    """False where the suite's warning filters make an error of what unittest warns about since Python 3.11."""
    if sys.version_info < (3, 11):
        return True
    try:
        with warnings.catch_warnings(record=True):
            warnings.warn(
                "It is deprecated to return a value that is not None from a test case", DeprecationWarning, stacklevel=1
            )
    except DeprecationWarning:
        return False
    return True
