"""A warning comes back with its class if the host has it, and runs no code of the class's own to do so."""

from __future__ import annotations

import sys

import pytest

from isolated_async.telling.replay import _loaded_warning_class, _warning


class PlainWarning(UserWarning):
    pass


class DemandingWarning(UserWarning):
    def __init__(self, code: int, text: str) -> None:
        raise AssertionError("never called")


class ComposedWarning(UserWarning):
    def __str__(self) -> str:
        return f"{self.missing}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("category", [UserWarning, DeprecationWarning, PlainWarning, DemandingWarning, ComposedWarning])
def test_text_and_class_are_kept(category: type[Warning]) -> None:
    found = _loaded_warning_class(category.__module__, category.__qualname__)
    assert found is category
    assert str(_warning(category, "the text")) == "the text"


@pytest.mark.parametrize(
    ("module", "name"), [("nowhere", "Some"), ("os", "path"), ("builtins", "int"), ("antigravity", "X.Y"), ("", "")]
)
def test_nothing_is_imported_and_nothing_else_is_taken_for_a_warning(module: str, name: str) -> None:
    found = _loaded_warning_class(module, name)
    assert issubclass(found, UserWarning)
    assert found.__name__ == name.rpartition(".")[2]
    assert "antigravity" not in sys.modules


class DemandingNew(UserWarning):
    def __new__(cls, code: int, text: str) -> DemandingNew:
        raise AssertionError("never called with two arguments")


def test_a_class_that_cannot_be_made_from_a_text() -> None:
    assert str(_warning(DemandingNew, "the text")) == "the text"
