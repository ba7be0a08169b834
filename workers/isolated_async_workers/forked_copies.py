"""Copies of the worker that a test makes with ``os.fork()`` and that come back to the runner: they end there.

::

    worker ---- the test calls os.fork() ---- returns, raises ----> goes on, reports
                          `--- copy --------- returns, raises ----> leaves: status 0, that of SystemExit, or 1

A copy that went on would tear down what the original still uses: it would read and empty the capture files, take what
the original's loop waits for (they share one epoll set), run finalizers twice, and take the group's next case.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Generator
from typing import NoReturn

import pytest

from . import untouched


class ForkedCopies:
    """A pytest plugin: wherever code of the test has just returned, it looks whether this is still the worker."""

    def __init__(self) -> None:
        self._worker = untouched.getpid()

    def begin_worker(self) -> None:
        """This process is the original."""
        self._worker = untouched.getpid()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def _end_copies(self) -> Generator[None, object, object]:
        # Innermost: everybody else's wrappers belong to the original.
        __tracebackhide__ = True
        try:
            result = yield
        except BaseException as error:
            self._end_copy(error)
            raise
        self._end_copy(None)
        return result

    pytest_runtest_setup = pytest_runtest_call = pytest_runtest_teardown = _end_copies
    pytest_fixture_setup = pytest_pyfunc_call = _end_copies

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_post_finalizer(self) -> None:
        self._end_copy(None)

    def _end_copy(self, error: BaseException | None) -> None:
        if untouched.getpid() != self._worker:
            _leave(error)


def _leave(error: BaseException | None) -> NoReturn:
    """As a script would that ends with ``error``; whatever the test has broken, this process goes no further."""
    status = 1
    try:
        if error is None:
            status = 0
        elif isinstance(error, SystemExit):
            status = error.code if isinstance(error.code, int) else int(error.code is not None)
        else:
            traceback.print_exception(type(error), error, error.__traceback__)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    finally:
        untouched.leave(status & 0xFF)
