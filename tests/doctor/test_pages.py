"""The pages about loop conflicts and the doctor agree: it sees what they show, and nothing in what they mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from isolated_async.doctor.finding import Finding
from isolated_async.doctor.kinds import (
    ASYNC_HOOK,
    CURRENT_LOOP,
    KINDS,
    POLICY_AT_IMPORT,
    RETURNED_COROUTINE,
    WAITS_FOR_ITSELF,
)
from isolated_async.doctor.rules import scan
from isolated_async.doctor.sources import Sources

from ..docs.conflict_page import Example, pages

PAGES = {page.name.removesuffix(".md"): page for page in pages()}


def _found(example: Example, directory: Path) -> list[Finding]:
    path = directory / example.name
    path.write_text(example.source)
    return scan(Sources({path.stem: str(path)}, [str(path)]))


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_found_in_examples_that_pass_everywhere(tmp_path: Path, page: str) -> None:
    sound = [each for each in PAGES[page].examples if all(ending.is_clean for ending in each.endings)]
    found = {each.kind for example in sound for each in _found(example, tmp_path)}
    # It is a danger to other modules only.
    assert found <= {POLICY_AT_IMPORT}


def test_the_page_of_a_kind_shows_it(tmp_path: Path) -> None:
    shown = {
        kind
        for kind in KINDS
        for example in PAGES[kind.page].examples
        for each in _found(example, tmp_path)
        if each.kind is kind
    }
    # These are told in words, or stand where only a run shows them: behind a sync function.
    assert set(KINDS) - shown == {CURRENT_LOOP, RETURNED_COROUTINE, ASYNC_HOOK, WAITS_FOR_ITSELF}
