"""Whatever a test leaves behind is found, shown to be why another fails, and where it was done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from isolated_async.diagnosis.formats import as_json, as_text

from ..variants import by_default
from .asyncio_polluters import ASYNCIO_PAIRS, KEPT_LOOP
from .conftest import INI, Diagnose, diagnosing
from .polluters import PAIRS as OTHER_PAIRS
from .polluters import SHARED, Pair

PAIRS = OTHER_PAIRS + ASYNCIO_PAIRS
FIRST_OF_EACH_KIND = {pair.kind: pair for pair in reversed(PAIRS)}.values()


@pytest.fixture(scope="module")
def diagnose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Diagnose]:
    directory = tmp_path_factory.mktemp("polluters") / "suite"
    directory.mkdir()
    (directory / "pytest.ini").write_text(INI)
    (directory / "shared.py").write_text(SHARED)
    for pair in PAIRS:
        (directory / f"test_{pair.name}.py").write_text(pair.source)
    with diagnosing(directory) as diagnose:
        yield diagnose


@pytest.mark.parametrize("pair", by_default(PAIRS, *FIRST_OF_EACH_KIND), ids=lambda pair: pair.name)
def test_what_is_left_behind(diagnose: Diagnose, pair: Pair) -> None:
    found = diagnose(f"test_{pair.name}_victim")
    assert found.verdict == "found", found
    polluters = found.polluters[0]
    assert list(polluters.tests) == [f"test_{pair.name}.py::test_{pair.name}_pollutes"]
    matching = [each for each in polluters.remains if each.left.kind == pair.kind and pair.what in each.left.what]
    assert matching, [(each.left.kind, each.left.what) for each in polluters.remains]
    (remainder,) = matching
    assert remainder.is_cause == pair.is_cause
    assert remainder.mend
    if pair.is_cause:
        assert polluters.causes == [remainder]
        assert remainder.change is not None
        assert (remainder.change.file, remainder.change.line) == (pair.file or f"test_{pair.name}.py", pair.line)
        assert (remainder.change.test, remainder.change.stage) == (polluters.tests[0], "call")
    else:
        assert Path(remainder.left.place.rpartition(":")[0]).name == f"test_{pair.name}.py"


def test_a_loop_that_a_module_keeps(suite: Path) -> None:
    (suite / "test_a.py").write_text(KEPT_LOOP)
    with diagnosing(suite) as diagnose:
        (polluters,) = diagnose("test_victim").polluters
    (remainder,) = polluters.remains
    assert (remainder.left.kind, remainder.left.what) == ("loop", "the event loop test_a.LOOP is closed")
    assert (remainder.is_cause, remainder.page) == (False, "closed-loop")
    assert remainder.change is not None
    assert remainder.change.line == 1 + KEPT_LOOP.splitlines().index("    LOOP.close()  # here")


PROXIES = """
import weakref

class Lazy:
    @property
    def __class__(self):
        raise RuntimeError("outside of a request")
    def __getattribute__(self, name):
        raise RuntimeError("outside of a request")

class Gone: ...

current = Lazy()
held = [Lazy(), weakref.proxy(Gone())]
dead = weakref.proxy(Gone())
STATE = []

def test_polluter(): STATE.append(1)

def test_victim(): assert not STATE
"""


def test_proxies_that_answer_with_an_error_hide_nothing(suite: Path) -> None:
    (suite / "test_a.py").write_text(PROXIES)
    with diagnosing(suite) as diagnose:
        (polluters,) = diagnose("test_victim").polluters
    assert [each.left.what for each in polluters.causes] == ["test_a.STATE has also 1"]


ENDS_WHERE_LOOKED_AT = """
import os, threading

STATE = []

def test_polluter():
    STATE.append(1)
    threading.enumerate = lambda: os._exit(3)

def test_victim(): assert not STATE
"""


def test_where_it_cannot_be_looked_what_is_left_behind_is_not_said_to_be_nothing(suite: Path) -> None:
    (suite / "test_a.py").write_text(ENDS_WHERE_LOOKED_AT)
    with diagnosing(suite) as diagnose:
        found = diagnose("test_victim")
    assert found.verdict == "found"
    why = "what is left behind could not be looked at: exited early with status 3"
    lines = as_text(found).splitlines()
    assert why in lines
    assert "nothing was found that is left behind" not in lines
    assert json.loads(as_json(found))["notes"] == [why]
