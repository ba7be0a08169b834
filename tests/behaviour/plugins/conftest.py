"""Where the newest versions of the plugins can be installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

#: The oldest Python that all of them support: see the extra ``plugins``.
_OLDEST = (3, 12)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.version_info < _OLDEST:
        for item in items:
            if item.path.is_relative_to(Path(__file__).parent):
                item.add_marker(pytest.mark.skip(reason="the newest versions of the plugins need Python 3.12"))
