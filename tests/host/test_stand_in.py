"""Exceptions that stand in for those of a worker."""

from __future__ import annotations

import sys

import pytest

from isolated_async.reruns.stand_in import stand_in
from isolated_async_workers.wire.messages import StageRaised


class Demanding(Exception):
    """Its constructor wants more than a text."""

    def __new__(cls, code: int, *, hint: str) -> Demanding:
        return super().__new__(cls, code)

    def __init__(self, code: int, *, hint: str) -> None:
        super().__init__(code)
        self.hint = hint


class Final(Exception):
    """Nothing can be derived from it."""

    def __init_subclass__(cls) -> None:
        raise TypeError("final")


class Outer:
    class Inner(LookupError):
        pass


@pytest.mark.parametrize(
    ("module", "name", "base"),
    [
        ("builtins", "OSError", OSError),
        ("builtins", "UnicodeDecodeError", UnicodeDecodeError),
        ("builtins", "KeyboardInterrupt", KeyboardInterrupt),
        (__name__, "Demanding", Demanding),
        (__name__, "Outer.Inner", LookupError),
        (__name__, "Final", RuntimeError),
        (__name__, "Missing", RuntimeError),
        (__name__, "test_a_chain", RuntimeError),
        ("no_such_module", "Error", RuntimeError),
        *([("builtins", "ExceptionGroup", Exception)] if sys.version_info >= (3, 11) else []),
    ],
)
def test_class_and_text_are_those_of_the_worker(module: str, name: str, base: type[BaseException]) -> None:
    error = stand_in(StageRaised([[module, name, "what it says", ""]]))
    assert isinstance(error, base)
    assert type(error).__name__ == name.rpartition(".")[2]
    assert str(error) == "what it says"


def test_a_chain() -> None:
    errors = [["builtins", "ValueError", "outer", ""], ["builtins", "OSError", "cause", "cause"]]
    error = stand_in(StageRaised([*errors, ["builtins", "KeyError", "context", "context"]]))
    assert isinstance(error, ValueError)
    assert isinstance(error.__cause__, OSError)
    assert isinstance(error.__cause__.__context__, KeyError)


def test_nothing_was_raised() -> None:
    assert stand_in(StageRaised([])) is None


def test_nothing_is_imported() -> None:
    name = "wsgiref.validate"
    assert name not in sys.modules
    assert isinstance(stand_in(StageRaised([[name, "WSGIWarning", "x", ""]])), RuntimeError)
    assert name not in sys.modules
