"""How long the host waits at most: what its selector cannot wait for, it looks at often."""

from __future__ import annotations

import selectors
from types import SimpleNamespace
from typing import Any

import pytest

from isolated_async.cases.followed import Timekeeper


class _Selector:
    def __init__(self) -> None:
        self.waits: list[float] = []

    def select(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        self.waits.append(timeout)
        return []


@pytest.mark.parametrize(
    ("has_live_files", "is_paused", "longest"), [(False, False, 1.0), (True, False, 0.05), (True, True, 1.0)]
)
def test_files_of_live_output_are_looked_at_often(has_live_files: bool, is_paused: bool, longest: float) -> None:
    nothing_due = SimpleNamespace(at=None, postpone=lambda _: None)
    worker = SimpleNamespace(files=SimpleNamespace(has_live_files=has_live_files), is_paused=is_paused)
    case: Any = SimpleNamespace(worker=worker, is_waiting=False, deadline=nothing_due, slow=nothing_due)
    selector: Any = _Selector()
    terminal: Any = None
    assert Timekeeper(selector, lambda *_: None, terminal).wait([case]) == []
    assert selector.waits == [longest]
