"""What the host takes from a worker as measurements of coverage."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import coverage
import pytest

from isolated_async.telling.coverage_merge import CoverageMerge
from isolated_async_workers.wire.messages import CoverageMeasured


@pytest.mark.parametrize(
    ("arcs", "numbers"),
    [(False, "12"), (False, ["1"]), (False, [True]), (False, [[1, 2]]), (True, [1, 2, 3]), (True, [None, 1])],
)
def test_what_are_no_numbers_is_refused(arcs: bool, numbers: Any) -> None:
    with pytest.raises(ValueError, match=r"library\.py|shorter|zip"):
        CoverageMerge().take(CoverageMeasured("", arcs, {"library.py": numbers}, {}))


def test_without_coverage_nothing_happens() -> None:
    merge = CoverageMerge()
    merge.take(CoverageMeasured("", False, {"library.py": [1, 2]}, {"library.py": "plugin"}))
    assert not merge.hand_over()


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> Iterator[coverage.CoverageData]:
    """That of what measures this process, as the host sees it."""
    data = coverage.CoverageData(no_disk=True)
    current = SimpleNamespace(get_data=lambda: data)
    stand_in = SimpleNamespace(Coverage=SimpleNamespace(current=lambda: current))
    monkeypatch.setitem(sys.modules, "coverage.control", stand_in)
    yield data
    data.close(force=True)


def test_a_plugin_of_coverage_and_branches(data: coverage.CoverageData) -> None:
    merge = CoverageMerge()
    merge.take(CoverageMeasured("", True, {"page.html": [-1, 1, 1, -1]}, {}))
    # As a worker tells which plugin has measured a file.
    merge.take(CoverageMeasured("", False, {}, {"page.html": "plugin"}))
    data.add_arcs({"library.py": [(1, 2)]})
    assert not merge.hand_over()
    assert sorted(data.arcs("page.html") or ()) == [(-1, 1), (1, -1)]
    assert data.file_tracer("page.html") == "plugin"


def test_what_coverage_does_not_take_is_told(data: coverage.CoverageData) -> None:
    data.set_context("before")
    data.add_lines({"library.py": [1]})
    merge = CoverageMerge()
    merge.take(CoverageMeasured("of a test", True, {"library.py": [1, 2]}, {}))
    (note,) = merge.hand_over()
    assert "Can't add branch measurements to existing line data" in note
    assert data.set_context(None) == "before"
