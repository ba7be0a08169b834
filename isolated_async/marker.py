"""The marker ``@isolated_loop``: what it accepts, and what it says about one test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

import pytest

MARKER_NAME = "isolated_loop"
MARKER_HELP = (
    "isolated_loop(enabled=True, *, timeout=None): run this test in a worker process of its own with a clean "
    "event loop; timeout is the limit in seconds of each of setup, call and teardown. "
    "isolated_loop(False) keeps the test in the pytest process."
)

#: A month: a longer limit is a mistake, and overflows some system's timers.
LONGEST_TIMEOUT_S = 31 * 86400.0

_ALLOWED = "one positional bool, and timeout=SECONDS"

Marked = TypeVar("Marked", bound=Callable[..., Any] | type)


@dataclass(frozen=True, slots=True)
class MarkerChoice:
    """What the markers of one test say together; None where they say nothing."""

    enabled: bool | None
    timeout_s: float | None


class _IsolatedLoop:
    """The decorator ``isolated_loop``; the one instance of it is what users import.

    It is ``pytest.mark.isolated_loop`` with types: it decorates test functions and classes, bare or with options,
    and stands in ``pytestmark`` for a whole module.
    """

    @property
    def mark(self) -> pytest.Mark:
        """What pytest reads from a bare ``pytestmark = isolated_loop``."""
        return pytest.mark.isolated_loop.mark

    @overload
    def __call__(self, target: Marked, /) -> Marked: ...
    @overload
    def __call__(self, enabled: bool = True, /, *, timeout: float | None = None) -> pytest.MarkDecorator: ...
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Mark a test, or each test of a class, to run in its own worker process with a clean loop.

        Args:
            target: the decorated function or class.
            enabled: False to opt out under ``--isolated-loop``.
            timeout: limit in seconds of each of the test's stages (setup, call, teardown).

        Raises:
            pytest.UsageError: at collection, naming the test, if an argument is unknown or out of range.
        """
        # Pytest takes a lone callable for the decorated one; without any argument it would return the mark itself.
        return pytest.mark.isolated_loop(*arguments, **options) if arguments or options else pytest.mark.isolated_loop


isolated_loop = _IsolatedLoop()


def read_markers(item: pytest.Item) -> MarkerChoice:
    """What the test's markers say; where two say different things, the closer one to the test holds.

    Raises:
        pytest.UsageError: a marker has an argument that is unknown or out of range.
    """
    enabled: bool | None = None
    timeout_s: float | None = None
    for marker in item.iter_markers(MARKER_NAME):
        _check(item, marker)
        if enabled is None:
            enabled = marker.args[0] if marker.args else True
        if timeout_s is None:
            timeout_s = marker.kwargs.get("timeout")
    return MarkerChoice(enabled, timeout_s)


def _check(item: pytest.Item, marker: pytest.Mark) -> None:
    if len(marker.args) > 1 or (marker.args and not isinstance(marker.args[0], bool)):
        raise _usage_error(item, f"got {', '.join(map(repr, marker.args))}")
    for name, value in marker.kwargs.items():
        if name != "timeout":
            raise _usage_error(item, f"got an unknown argument {name}={value!r}")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if value is not None and not (is_number and 0 < value <= LONGEST_TIMEOUT_S):
            raise _usage_error(item, f"got timeout={value!r}, which is no number of seconds above 0 (a month at most)")


def _usage_error(item: pytest.Item, problem: str) -> pytest.UsageError:
    return pytest.UsageError(f"{item.nodeid}: @{MARKER_NAME} {problem}; allowed: {_ALLOWED}")
