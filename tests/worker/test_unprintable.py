"""Whatever the ``__str__`` of a test's own class does, who wants its text gets one."""

from __future__ import annotations

from typing import NoReturn

import pytest

from isolated_async_workers import attempts
from isolated_async_workers.explanations.error_tree import causes
from isolated_async_workers.functions import answer
from isolated_async_workers.wire.printed import printed


class _Exits(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)

    def __reduce__(self) -> NoReturn:
        raise SystemExit(3)


TEXT = "<unprintable _Exits: SystemExit>"


class _IsNoText:
    def __str__(self) -> str:
        return 7  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ValueError("said"), "said"),
        (_Exits(), TEXT),
        (_IsNoText(), "<unprintable _IsNoText: TypeError>"),
        (None, "None"),
    ],
    ids=["printable", "exits", "no text", "None"],
)
def test_text_of_anything(value: object, text: str) -> None:
    assert printed(value) == text


def test_an_attempt_at_a_test() -> None:
    assert attempts.describe_chain(_Exits()) == [[__name__, "_Exits", TEXT, ""]]


def test_a_failure_that_is_explained() -> None:
    error = ValueError()
    error.__context__ = _Exits()
    assert list(causes(error, set())) == [error, error.__context__]


def test_what_a_function_has_raised() -> None:
    told = answer.raised(_Exits(), lambda call: call())
    assert (told.error, told.text) == ("", TEXT)
    assert "_Exits: <" in told.traceback
