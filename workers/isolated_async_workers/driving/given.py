"""Hypothesis's ``@given`` on an async test: each example is driven like a test of its own.

Hypothesis refuses an async test that nobody has adapted. It is adapted as async plugins do it: the function inside is
replaced, while the test runs, by a sync one.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def driven_examples(test: Callable[..., object], drive: Callable[[Callable[[], object]], object]) -> Iterator[bool]:
    """While it is open, every example of ``test`` is handed to ``drive``, as a call of a coroutine function.

    Yields:
        False if nothing needs to be driven: the test has no ``@given``, is not async, or brings its own executor.
    """
    handle = getattr(test, "hypothesis", None)
    function = getattr(handle, "inner_test", None)
    if not inspect.iscoroutinefunction(function) or hasattr(getattr(test, "__self__", None), "execute_example"):
        yield False
        return

    @functools.wraps(function)
    def run_example(*args: Any, **kwargs: Any) -> object:
        __tracebackhide__ = True
        return drive(functools.partial(function, *args, **kwargs))

    handle.inner_test = run_example  # type: ignore[union-attr]
    try:
        yield True
    finally:
        handle.inner_test = function  # type: ignore[union-attr]
