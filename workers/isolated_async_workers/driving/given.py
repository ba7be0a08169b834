"""Hypothesis's ``@given`` on an async test: each example is driven like a test of its own.

Hypothesis refuses an async test that nobody has adapted. It is adapted as async plugins do it: the function inside is
replaced, while the test runs, by a sync one.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

#: Our files, as hypothesis writes such patterns.
_OUR_FILES = "/isolated_async_workers/**"


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

    _keep_out_of_explanations()
    handle.inner_test = run_example  # type: ignore[union-attr]
    try:
        yield True
    finally:
        handle.inner_test = function  # type: ignore[union-attr]


def _keep_out_of_explanations() -> None:
    """Add us to the runners whose lines hypothesis does not blame, though only failing examples run them.

    It is a private name of hypothesis's: where there is none, our line stands below the user's.
    """
    scrutineer = sys.modules.get("hypothesis.internal.scrutineer")
    unhelpful = getattr(scrutineer, "UNHELPFUL_LOCATIONS", None)
    if isinstance(unhelpful, tuple) and _OUR_FILES not in unhelpful:
        scrutineer.UNHELPFUL_LOCATIONS = (*unhelpful, _OUR_FILES)  # type: ignore[union-attr]
