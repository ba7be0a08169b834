"""How a plugin's module tells the host."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

#: Called with the name of the module and plain data, in the worker.
Note = Callable[[str, dict[str, object]], None]


class AfterEachCase:
    """A pytest plugin that calls a function when a case is over, whatever became of it."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        try:
            return (yield)
        finally:
            self._tell()
