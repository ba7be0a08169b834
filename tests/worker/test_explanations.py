"""The parts that explanations are made of: bounded, merged, and sure of which coroutine a message means."""

from __future__ import annotations

import asyncio
import re

import pytest

from isolated_async_workers.explanations.error_tree import MOST_LOOKED_AT, whole_tree
from isolated_async_workers.explanations.explanation import MOST_EXPLANATIONS, MOST_PLACES, Explanation, text_of
from isolated_async_workers.explanations.waiting_coroutines import compared_in, named_in


async def answer() -> int:
    return 1


def _explanation(number: int, *places: str) -> Explanation:
    return Explanation(f"What happened ({number}).", places, "something else.", "nested-run")


def test_the_same_about_other_places_is_said_once() -> None:
    text = text_of([_explanation(1, "here", "there"), _explanation(1, "there", "elsewhere")])
    assert text is not None
    assert text.splitlines()[:-1] == [
        "What happened (1).",
        *("  here", "  there", "  elsewhere"),
        "What to do: something else.",
    ]


def test_nothing_is_said_about_nothing() -> None:
    assert text_of([]) is None


def test_a_few_of_many() -> None:
    text = text_of([_explanation(1, *map(str, range(100))), *map(_explanation, range(2, 100))])
    assert text is not None
    assert text.count("What happened") == MOST_EXPLANATIONS
    assert len(re.findall(r"^  \d+$", text, re.MULTILINE)) == MOST_PLACES
    assert f"\n  and {100 - MOST_PLACES} more\n" in text


def test_a_tree_of_causes_has_an_end() -> None:
    first = ValueError()
    first.__context__ = second = TypeError()
    second.__cause__ = first
    assert list(whole_tree(first)) == [first, second]
    error: BaseException = ValueError()
    for _ in range(2 * MOST_LOOKED_AT):
        error, error.__context__ = ValueError(), error
    assert len(list(whole_tree(error))) <= MOST_LOOKED_AT


COMPARED = (
    "assert {} == 1",
    "assert {} is None",
    "assert 1 != {}",
    "assert not {}",
    "in words\nassert {} == {{'a': 1}}",
    "{} != 1",
    "1 != {} : in words",
    "{} is not None",
    "{} is not an instance of <class 'dict'>",
)
NAMED = (
    "assert [{}] == [1]",
    "assert False\n +  where False = isinstance({}, dict)",
    "{} was left over",
    "expected call not found.\nExpected: mock(3)\n  Actual: mock({})",
)
NEITHER = (
    "Expected 'mock' to have been called once. Called 2 times.\nCalls: [call({}),\n call({})].",
    "expected call not found.\nExpected: mock(<ANY>, 1)\n  Actual: mock({}, 2)",
    "expected call not found.\nExpected: mock({}, 1)\n  Actual: mock({}, 2)",
)


@pytest.mark.parametrize("message", [*COMPARED, *NAMED, *NEITHER])
def test_which_coroutines_a_message_speaks_of(message: str) -> None:
    coroutine, other = answer(), answer()
    said = message.replace("{}", repr(coroutine))
    assert compared_in(said) == ([coroutine] if message in COMPARED else [])
    assert named_in(said) == ([] if message in NEITHER else [coroutine])
    other.close()
    asyncio.run(coroutine)
    assert compared_in(said) == named_in(said) == []
