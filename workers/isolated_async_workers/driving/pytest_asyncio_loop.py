"""The loop that pytest-asyncio runs a test on: that of the case, so that set-up code and test share it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from ..loop.case_loop import CaseLoop
from ..pytest_private import offer_result

#: The fixture by which it (1.4 and later) learns how to make a loop; None where the suite says nothing.
_LOOP_FACTORY = "_asyncio_loop_factory"
#: The fixture by which it learned that before: a policy, in force from when its runner is made.
_POLICY = "event_loop_policy"


class PytestAsyncioLoop:
    """The pytest plugin that watches those two fixtures."""

    def __init__(self, loop: CaseLoop) -> None:
        self._loop = loop

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        result = yield
        if fixturedef.argname == _POLICY and hasattr(result, "new_event_loop"):
            self._loop.follow_policy(result)
        if fixturedef.argname == _LOOP_FACTORY and (
            result is None or (callable(result) and self._loop.follow_factory(result))
        ):
            # Its first loop is the one that is current: what runs before the test shares it.
            result = self._loop.hand_over
            offer_result(fixturedef, result)
        return result

    @pytest.hookimpl
    def pytest_fixture_post_finalizer(self) -> None:
        # Its runner is one of the first fixtures to go, and takes the current loop with it.
        self._loop.restore_if_possible()
