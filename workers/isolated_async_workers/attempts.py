"""Attempts at a test that a plugin may run again: here there is one, and the host is told what it raised.

The plugin decides in the host (``isolated_async/reruns``); its hooks that run a test again are taken out here.
"""

from __future__ import annotations

import pytest

from .pytest_private import drop_hook
from .wire.printed import printed

#: Plugins that run tests again, and their hooks that do it. That of rerunfailures around the teardown would leave the
#: fixtures of class, module and session set up for an attempt that is made elsewhere.
_HOOKS = {
    "rerunfailures": ("pytest_runtest_protocol", "pytest_runtest_teardown", "pytest_runtest_makereport"),
    "flaky": ("pytest_runtest_protocol",),
}
#: So many causes and contexts of an exception are told.
_LONGEST_CHAIN = 20


def leave_to_the_host(config: pytest.Config) -> None:
    """Have every test run once, whatever plugin would run it again."""
    for name, hooks in _HOOKS.items():
        plugin = config.pluginmanager.get_plugin(name)
        for hook in hooks if plugin is not None else ():
            drop_hook(config, hook, plugin)


def begin(item: pytest.Item, attempt: int) -> None:
    """This attempt begins; ``attempt`` counts from 1, and is 0 for a test that is never run again."""
    if attempt:
        # Where pytest-rerunfailures tells a test which one it is.
        item.execution_count = attempt  # type: ignore[attr-defined]


def describe_chain(error: BaseException) -> list[list[str]]:
    """Module, qualified name, text and link of an exception and of each of its causes or contexts."""
    errors: list[list[str]] = []
    link, following, seen = "", error, set[int]()
    while id(following) not in seen and len(errors) < _LONGEST_CHAIN:
        seen.add(id(following))
        kind = type(following)
        errors.append([kind.__module__, kind.__qualname__, printed(following), link])
        if following.__cause__ is not None:
            link, following = "cause", following.__cause__
        elif following.__context__ is not None and not following.__suppress_context__:
            link, following = "context", following.__context__
    return errors
