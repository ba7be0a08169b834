"""The fixture ``event_loop`` of suites that were written for pytest-asyncio before 1.0.

A suite's own override gives the loop of the case. Where a suite only asks for it, it gets the loop of the case. With a
pytest-asyncio that still has it, nothing is done here.
"""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Generator
from typing import Any

import pytest

from ..loop.case_loop import CaseLoop
from ..pytest_private import is_async_item, set_up_first

_NAME = "event_loop"


def install(plugins: pytest.PytestPluginManager, loop: CaseLoop) -> None:
    """Provide the fixture, and adopt the suite's own, unless pytest-asyncio itself does."""
    if hasattr(sys.modules.get("pytest_asyncio.plugin"), _NAME):
        return

    @pytest.fixture(scope="session")
    def event_loop() -> asyncio.AbstractEventLoop:
        """The loop of the case, for whoever has no such fixture."""
        return loop.current()

    # Pytest looks for fixtures in modules and in classes; as a method it would need an instance.
    provider = types.ModuleType("isolated_async_event_loop")
    setattr(provider, _NAME, event_loop)
    plugins.register(provider)
    plugins.register(_Adoption(loop), "isolated-async-event-loop")


class _Adoption:
    def __init__(self, loop: CaseLoop) -> None:
        self._loop = loop

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if isinstance(item, pytest.Function) and is_async_item(item):
            set_up_first(item, _NAME)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        result = yield
        if fixturedef.argname == _NAME and isinstance(result, asyncio.AbstractEventLoop):
            self._loop.adopt(result)
        return result
