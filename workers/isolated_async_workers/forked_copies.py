"""Copies of the worker that a test makes with ``os.fork()`` and that come back to the runner: they end there.

::

    worker ---- the test calls os.fork() ---- returns, raises ----> goes on, reports
                          `--- copy --------- returns, raises ----> leaves: status 0, that of SystemExit, or 1

A copy that went on would tear down what the original still uses: it would read and empty the capture files, take what
the original's loop waits for (they share one epoll set), run finalizers twice, and take the group's next case.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from . import untouched
from .end_of_copy import leave_as_a_script


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
            leave_as_a_script(error)
