"""What the host takes from a worker as measurements of coverage."""

from __future__ import annotations

from typing import Any

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
    merge.hand_over()
