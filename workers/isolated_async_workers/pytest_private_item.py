"""An item that pytest runs as any other, but that asks few plugins, and is in no list.

Checked against pytest 8.2 to 9.2: the classes that it is made of are private there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

# What collection finds out about the fixtures of a function.
from _pytest.fixtures import FuncFixtureInfo

# The hooks without those of some plugins: what items below a conftest file have.
from _pytest.main import FSHookProxy

#: The modules of pytest that take part in every test, and write nothing for the user.
_ASKED = {
    f"_pytest.{name}"
    for name in (
        *("runner", "python", "fixtures", "main", "capture", "logging", "skipping", "unittest", "faulthandler"),
        *("warnings", "assertion", "threadexception", "unraisableexception", "tmpdir"),
    )
}
#: Any that is pytest's own, does nothing by itself, and is torn down.
_FIXTURE = "monkeypatch"


class ThrowAwayItem(pytest.Function):
    """A test function with the one fixture ``monkeypatch``."""

    #: True once its function has returned.
    has_returned = False

    @classmethod
    def of(cls, session: pytest.Session, function: Callable[..., None]) -> ThrowAwayItem:
        """Of this session, and in none of its lists.

        Raises:
            LookupError: the suite has a fixture of that name, or there is none.
        """
        definitions = session._fixturemanager.getfixturedefs(_FIXTURE, session)
        if definitions is None or len(definitions) > 1:
            raise LookupError(f"{_FIXTURE} is not pytest's alone")
        names = (_FIXTURE,)
        info = FuncFixtureInfo(
            argnames=names, initialnames=names, names_closure=list(names), name2fixturedefs={_FIXTURE: definitions}
        )
        item: ThrowAwayItem = cls.from_parent(session, name=function.__name__, callobj=function, fixtureinfo=info)
        return item

    @property
    def ihook(self) -> Any:
        """The hooks of those modules."""
        plugins = self.config.pluginmanager
        return FSHookProxy(plugins, {each for _, each in plugins.list_name_plugin() if _module_of(each) not in _ASKED})

    def runtest(self) -> None:
        """Call the function."""
        super().runtest()
        self.has_returned = True

    def run_protocol(self) -> None:
        """Set up, call and tear down."""
        self.ihook.pytest_runtest_protocol(item=self, nextitem=None)


def _module_of(plugin: object) -> str:
    name = getattr(plugin, "__name__", None)
    return name if isinstance(name, str) else type(plugin).__module__
