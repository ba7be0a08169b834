"""Fixtures of classes, modules, packages and sessions, which each isolated test sets up anew: those that are dear.

Those that are shared are not counted: here only their value is waited for.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from . import untouched
from .recorder import Recorder
from .wire.messages import WideFixtureSetUp
from .wire.shared_definitions import SharedDefinitions

#: The name of the plugin.
WIDE_FIXTURES = "isolated-async-wide-fixtures"
#: Seconds that a setup must take to be told: some tests' worth.
_DEAR_S = 0.01


class WideFixtures:
    """The pytest plugin that measures them."""

    def __init__(self, recorder: Recorder, shared: SharedDefinitions) -> None:
        self._recorder = recorder
        self._shared = shared

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, object, object]:
        if fixturedef.scope == "function" or self._shared.of(fixturedef) is not None:
            return (yield)
        began = untouched.monotonic()
        try:
            return (yield)
        finally:
            seconds = untouched.monotonic() - began
            if seconds >= _DEAR_S:
                self._recorder.record_wide_fixture(
                    WideFixtureSetUp(fixturedef.argname, fixturedef.scope, request.param_index, seconds)
                )
