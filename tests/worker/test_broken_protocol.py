"""What is told of a case that pytest, a plugin or we have failed to run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType

import pytest

from isolated_async_workers.broken_protocol import describe, is_ours


def trace_through(*files: str) -> TracebackType | None:
    """A traceback whose frames, from the outermost, belong to these files."""
    call: Callable[[], object] = lambda: 1 / 0  # noqa: E731 - the innermost frame
    for file in reversed(files):
        names = {"call": call}
        exec(compile("def through():\n    call()\n", file, "exec"), names)
        call = names["through"]
    try:
        call()
    except ZeroDivisionError:
        return sys.exc_info()[2]
    raise AssertionError("unreachable")


@pytest.mark.parametrize(
    ("files", "ours"),
    [
        (("/site/isolated_async_workers/worker.py",), True),
        (("/site/_pytest/runner.py", "/site/pluggy/_execution.py", "/site/isolated_async_workers/recorder.py"), True),
        (("/site/isolated_async_workers/worker.py", "/site/_pytest/runner.py"), False),
        (("/site/isolated_async_workers/worker.py", "/site/pluggy/_execution.py", "/src/conftest.py"), False),
        # It is we who have called what raises.
        (("/site/_pytest/runner.py", "/site/isolated_async_workers/recorder.py", "/src/test_a.py"), True),
        (("/src/test_a.py",), False),
    ],
)
def test_whose_fault_it_is(files: tuple[str, ...], ours: bool) -> None:
    assert is_ours(trace_through(*files)) is ours


def test_an_error_that_cannot_be_printed() -> None:
    class Unprintable(Exception):
        def __getattribute__(self, name: str) -> object:
            raise ValueError("in Unprintable")

    text = describe(Unprintable())
    assert "Unprintable, which cannot be printed: ValueError" in text
    assert "in __getattribute__" in text


def test_an_error_that_can() -> None:
    assert describe(ValueError("said")) == "ValueError: said\n"
