"""Attributes and properties that a test, a fixture or a plugin has written into pytest's JUnit XML in a worker."""

from __future__ import annotations

from typing import Any

import pytest

from ..pytest_private import junit_log
from .note import field


class JunitXml:
    """Writes them into the file of one session."""

    def __init__(self, config: pytest.Config) -> None:
        self._log: Any = junit_log(config)
        #: Property -> the test that recorded it first.
        self._recorded_by: dict[tuple[str, str], pytest.Item] = {}

    def take(self, item: pytest.Item, note: dict[str, Any]) -> None:
        """Add an attribute of the test, or a property of the whole run."""
        value = field(note, "value", str)
        if self._log is None:
            return
        if "attribute" in note:
            self._log.node_reporter(item.nodeid).add_attribute(field(note, "attribute", str), value)
            return
        name = field(note, "property", str)
        # A session fixture that records it runs for each isolated test, where in process it runs once.
        if self._recorded_by.setdefault((name, value), item) is item:
            self._log.add_global_property(name, value)
