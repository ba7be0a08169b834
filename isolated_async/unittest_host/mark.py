"""Which tests of unittest have the decorator. Lean: whatever has isolated tests imports this."""

from __future__ import annotations

from typing import Any

import pytest

from ..choice.marker import MARKER_NAME


def is_marked(test: Any) -> bool:
    """True if the test, or a class that it inherits from, has the decorator; it may say False."""
    method = getattr(type(test), getattr(test, "_testMethodName", ""), None)
    for marked in (method, *type(test).__mro__):
        declared = getattr(marked, "__dict__", {}).get("pytestmark", [])
        for mark in declared if isinstance(declared, list) else [declared]:
            if isinstance(mark, (pytest.Mark, pytest.MarkDecorator)) and mark.name == MARKER_NAME:
                return True
    return False
