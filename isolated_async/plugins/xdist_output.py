"""What tests have put into ``config.workeroutput``, for the controlling process of pytest-xdist."""

from __future__ import annotations

from typing import Any

import pytest

from .note import field


def take(item: pytest.Item, note: dict[str, Any]) -> None:
    """Put it into that of this process, which is the xdist worker."""
    added = field(note, "added", dict)
    output = getattr(item.config, "workeroutput", None)
    if output is not None:
        output.update(added)
