"""Which values of a parameter run by default, where they differ little: the others run with ``-m variants``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def by_default(values: Iterable[Any], *chosen: Any) -> list[Any]:
    """All of these, for ``pytest.mark.parametrize``; by default only those that are ``chosen`` run."""
    every = list(values)
    unknown = [value for value in chosen if value not in every]
    if unknown:
        raise ValueError(f"none of the values: {unknown}; they are {every}")
    return [value if value in chosen else pytest.param(value, marks=pytest.mark.variants) for value in every]
