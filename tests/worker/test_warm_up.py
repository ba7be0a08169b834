"""What the zygote computes ahead."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import pytest

from isolated_async_workers import warm_up
from isolated_async_workers.wire import plain_data


@pytest.fixture
def cold() -> Iterator[None]:
    plain_data._field_types.cache_clear()
    re.purge()
    yield
    plain_data._field_types.cache_clear()


@pytest.mark.usefixtures("cold")
def test_what_a_worker_is_asked_is_known_and_the_filters_are_left_alone() -> None:
    before = list(warnings.filters)
    warm_up.fill_caches()
    assert plain_data._field_types.cache_info().currsize == 1
    assert warnings.filters == before
