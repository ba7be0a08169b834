"""What of the standard library is put back after a test, and what of it is then told as the test's patch."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from isolated_async_workers.loop.reentry import Reentry
from isolated_async_workers.standard_library import StandardLibrary


@contextmanager
def kept() -> Iterator[StandardLibrary]:
    # Not in a fixture: pytest before 8.4 has other hooks of sys and threading in each stage.
    library = StandardLibrary()
    library.keep()
    yield library
    library.put_back()


@pytest.fixture
def reentry(monkeypatch: pytest.MonkeyPatch) -> Reentry:
    """What it patches is as before when the test is over."""
    monkeypatch.setattr(asyncio.runners, "events", asyncio.runners.events)  # type: ignore[attr-defined]
    for name in ("run_until_complete", "run_forever", "stop"):
        monkeypatch.setattr(asyncio.BaseEventLoop, name, getattr(asyncio.BaseEventLoop, name))
    return Reentry()


def test_what_a_test_has_patched_is_put_back_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    original = json.dumps
    with kept() as library:
        monkeypatch.setattr(json, "dumps", None)
        assert library.what_was_patched() == ["json.dumps"]
        assert json.dumps is original


def test_what_lets_nested_runs_through_is_ours_and_stays(reentry: Reentry) -> None:
    async def nested() -> int:
        async def inner() -> int:
            return 42

        return asyncio.run(inner())

    with kept() as library:
        reentry.begin_case(allowed=True)
        assert library.put_back() == []
        assert asyncio.run(nested()) == 42


def test_an_entry_in_the_path_is_put_back_and_is_no_patch(monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(sys.path)
    with kept() as library:
        monkeypatch.syspath_prepend("somewhere")
        assert library.what_was_patched() == []
        assert sys.path == before
