"""Which worker has which case."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from isolated_async.cases.placement import Placement


def _placement(slots: int) -> tuple[Placement, list[Any]]:
    """With a case in every slot, and their workers."""
    machines: Any = SimpleNamespace(slots=slots)
    placement = Placement(machines)
    workers: list[Any] = [SimpleNamespace(number=number, slot=number) for number in range(slots)]
    for worker in workers:
        placement.put(_case(), worker)
    return placement, workers


def _case() -> Any:
    return SimpleNamespace(worker=None)


def test_who_only_leaves_has_no_place_and_no_slot() -> None:
    placement, (worker,) = _placement(1)
    case = placement.case_of(worker)
    assert case is not None
    assert not placement.have_room()
    placement.let_leave(worker)
    assert placement.have_room()
    assert worker.slot == -1
    assert placement.case_of(worker) is None
    assert list(placement.leaving()) == [case]
    # The case is over.
    assert placement.leave(worker) is None
    assert not placement.leaving()


def test_no_more_leave_than_there_are_slots() -> None:
    placement, (first, second) = _placement(2)
    placement.let_leave(first)
    placement.let_leave(second)
    third: Any = SimpleNamespace(number=3, slot=0)
    case = _case()
    placement.put(case, third)
    placement.let_leave(third)
    assert placement.case_of(third) is case
    assert third.slot == 0
    assert placement.leave(first) is None
    placement.let_leave(third)
    assert placement.case_of(third) is None
