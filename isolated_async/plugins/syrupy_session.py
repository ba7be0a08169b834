"""The snapshots that isolated tests have used, created or updated, in syrupy's own session of this process."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from ..loaded_class import find_loaded
from ..pytest_private import note_xfail
from .note import BadNote, field


class SyrupySession:
    """Repeats in the host what the tests have asserted, without asserting it."""

    def __init__(self, config: pytest.Config) -> None:
        self._session: Any = getattr(config, "_syrupy", None)

    def take(self, item: pytest.Item, note: dict[str, Any]) -> None:
        """Record the test's assertions, and queue the snapshots that it wants written."""
        if self._session is None:
            return
        syrupy: Any = sys.modules["syrupy.assertion"]
        location = sys.modules["syrupy.location"].PyTestLocation(item)
        note_xfail(item)
        for each in field(note, "assertions", list):
            # Which registers itself.
            assertion = syrupy.SnapshotAssertion(
                session=self._session,
                extension_class=_first_found(field(each, "extensions", list)),
                test_location=location,
                update_snapshots=False,
            )
            for number, result in enumerate(field(each, "results", list)):
                assertion.executions[number] = _result(syrupy.AssertionResult, location, *result)
        for name, index, data in field(note, "writes", list):
            extension = _first_found([name])()
            self._session.queue_snapshot_write(extension=extension, test_location=location, data=data, index=index)


def _result(make: Any, test_location: object, location: str, name: str, *outcome: bool) -> object:
    created, updated, success = outcome
    return make(
        snapshot_location=location,
        snapshot_name=name,
        asserted_data=None,
        recalled_data=None,
        created=created,
        updated=updated,
        success=success,
        exception=None,
        test_location=test_location,
    )


def _first_found(names: list[str]) -> Any:
    """The first of these classes that this process has, and that is one of syrupy's extensions."""
    kind: type = sys.modules["syrupy.extensions.base"].AbstractSyrupyExtension
    for name in names:
        module, _, path = str(name).partition(":")
        found = find_loaded(module, path)
        if isinstance(found, type) and issubclass(found, kind):
            return found
    raise BadNote(f"none of {names} is an extension of syrupy that this process has loaded")
