"""allure-pytest's result of a test: the host writes it, with the verdict that only the host may know.

Attachments and the results of fixtures are files of their own, and are written here.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import pytest

from .note import Note


def prepare(config: pytest.Config, note: Note) -> None:
    """Have each result noted in the place of written."""
    listener: Any = config.pluginmanager.get_plugin("allure_listener")
    if listener is not None:
        reporter = listener.allure_logger
        reporter.close_test = partial(_note_test, reporter, note)


def _note_test(reporter: Any, note: Note, uuid: str) -> None:
    result = reporter.get_test(uuid)
    reporter.drop_test(uuid)
    as_dict: Any = sys.modules["attr"].asdict
    note("allure_results", {"result": as_dict(result, filter=lambda _, value: value or value is False)})
