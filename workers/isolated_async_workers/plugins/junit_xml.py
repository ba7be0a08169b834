"""``record_xml_attribute`` and ``record_testsuite_property``, and what other plugins write into pytest's JUnit XML.

The file is the host's: each attribute and property goes there at once, so that it is in the file if the test crashes.
Where they are stored here notes them; the functions that a test gets are pytest's own, as a traceback shows.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from ..pytest_private import junit_log
from .note import Note


def prepare(config: pytest.Config, note: Note) -> None:
    """Have what is written into the XML noted."""
    log = junit_log(config)
    if log is not None:
        log.node_reporter = partial(_noting_reporter, log.node_reporter, note)
        log.global_properties = _NotedProperties(note)


def _noting_reporter(make: Any, note: Note, test: object) -> Any:
    reporter = make(test)
    if not isinstance(reporter.attrs, _NotedAttributes):
        reporter.attrs = _NotedAttributes(note, reporter.attrs)
    return reporter


class _NotedAttributes(dict[str, str]):
    """The attributes of one test's element."""

    def __init__(self, note: Note, before: dict[str, str]) -> None:
        super().__init__(before)
        self._note = note

    def __setitem__(self, name: str, value: str) -> None:
        super().__setitem__(name, value)
        self._note("junit_xml", {"attribute": name, "value": value})


class _NotedProperties(list[tuple[str, str]]):
    """The properties of the whole run."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self._note = note

    def append(self, added: tuple[str, str]) -> None:
        super().append(added)
        name, value = added
        self._note("junit_xml", {"property": name, "value": value})
