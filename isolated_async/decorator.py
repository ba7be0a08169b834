"""The decorator ``@isolated_loop``: pytest's marker, which plain unittest heeds as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

import pytest

from .choice.marker import Leaks, LoopFactory, Nested, Scope
from .choice.start import StartName
from .unittest_host.entry import stand_in_the_way_of_unittest

Marked = TypeVar("Marked", bound=Callable[..., Any] | type)


class _IsolatedLoop(pytest.MarkDecorator):
    """The decorator ``isolated_loop``; the one instance of it is what users import.

    It is ``pytest.mark.isolated_loop`` with types: it decorates test functions and classes, bare or with options,
    and stands, bare as well, wherever pytest takes a mark: in ``pytestmark``, in ``pytest.param(..., marks=...)``.
    """

    def __init__(self) -> None:
        # Nothing yet: pytest makes the mark, when it is asked for, and by then knows which marks are registered.
        pass

    @property
    def mark(self) -> pytest.Mark:  # type: ignore[override]
        """The bare mark."""
        return pytest.mark.isolated_loop.mark

    @overload  # type: ignore[override]
    def __call__(self, target: Marked, /) -> Marked: ...
    @overload
    def __call__(
        self,
        enabled: bool = True,
        /,
        *,
        scope: Scope | None = None,
        timeout: float | None = None,
        leaks: Leaks | None = None,
        nested: Nested | None = None,
        loop_factory: LoopFactory | str | None = None,
        start: StartName | None = None,
    ) -> pytest.MarkDecorator: ...
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Mark a test, or each test of a class, to run in its own worker process with a clean loop.

        Where the markers of a test, its class and its module say different things, the closest one holds.

        Args:
            target: the decorated function or class.
            enabled: False to opt out under ``--isolated-loop``.
            scope: ``class`` or ``module`` gives the whole class or module one worker and one loop, in which its class
                and module fixtures live once.
            timeout: limit in seconds of each of the test's stages (setup, call, teardown).
            leaks: what a test gets that leaves something behind: nothing (``ignore``), a warning for each thing
                (``warn``, the default), or an error at teardown (``error``).
            nested: ``allow`` makes the loop re-entrant: sync code may run it while it runs. By default
                (``explain``) that fails as in production, with an explanation.
            loop_factory: makes the test's loop, or its dotted name, like ``uvloop.new_event_loop``.
            start: ``fork`` or ``spawn``: a fresh interpreter, for a module that must not be forked.

        Raises:
            pytest.UsageError: at collection, naming the test, if an argument is unknown or out of range.
        """
        stand_in_the_way_of_unittest()
        # Pytest takes a lone callable for the decorated one; without any argument it would return the mark itself.
        return pytest.mark.isolated_loop(*arguments, **options) if arguments or options else pytest.mark.isolated_loop


isolated_loop = _IsolatedLoop()
