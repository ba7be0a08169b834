"""How long the setup of a wide fixture takes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import freezegun
import pytest

from isolated_async_workers.wide_fixtures import WideFixtures
from isolated_async_workers.wire.messages import WideFixtureSetUp


def test_one_that_stops_the_clocks_is_measured_by_the_same_clock_to_its_end() -> None:
    told: list[WideFixtureSetUp] = []
    recorder: Any = SimpleNamespace(record_wide_fixture=told.append)
    shared: Any = SimpleNamespace(of=lambda fixture: None)
    fixture, request = SimpleNamespace(argname="frozen", scope="module"), SimpleNamespace(param_index=0)
    setup = WideFixtures(recorder, shared).pytest_fixture_setup(fixture, request)
    next(setup)
    with freezegun.freeze_time("2024-01-01"), pytest.raises(StopIteration):
        setup.send(None)
    # Were it another clock, it would have taken years.
    assert [each for each in told if each.seconds > 3600] == []
