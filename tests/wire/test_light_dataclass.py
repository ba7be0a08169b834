"""Classes of the light decorator do what those of the standard one do, but for keeping fields from being set."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

from isolated_async_workers.wire.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Light:
    number: int
    words: tuple[str, ...] = ("a",)


@dataclass(frozen=True, slots=True)
class Empty:
    pass


@dataclass(frozen=True, slots=True)
class OtherEmpty:
    pass


@dataclass(slots=True)
class Changing:
    words: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    number: int
    words: tuple[str, ...] = ("a",)


def test_equal_by_class_and_values() -> None:
    assert Light(1) == Light(1, ("a",))
    assert Light(1) != Light(2)
    assert Light(1) != Light(1, ())
    assert Empty() == Empty()
    assert len({Empty(), OtherEmpty()}) == 2
    standard: object = Standard(1)
    assert standard != Light(1)
    assert Changing(["a"]) == Changing(["a"])
    assert Changing(["a"]) != Changing()


def test_hashed_by_values_where_nothing_changes() -> None:
    assert len({Light(1), Light(1), Light(2), Empty(), Empty()}) == 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(Changing())


def test_shown_like_standard_ones() -> None:
    assert repr(Light(1)) == repr(Standard(1)).replace("Standard", "Light")
    assert repr(Empty()) == "Empty()"


def test_replaced_matched_and_pickled() -> None:
    assert dataclasses.replace(Light(1), number=2) == Light(2)
    match Light(3):
        case Light(number, words=("a",)):
            assert number == 3
        case _:
            pytest.fail("not matched")
    assert pickle.loads(pickle.dumps(Light(4, ("b",)))) == Light(4, ("b",))


def test_has_slots() -> None:
    assert not hasattr(Light(1), "__dict__")
    with pytest.raises(AttributeError):
        Changing().other = 1  # type: ignore[attr-defined]
