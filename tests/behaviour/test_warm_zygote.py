"""What a zygote of many tests does before it forks: nobody sees anything of it."""

from __future__ import annotations

import sys
from collections import Counter

from .conftest import Suite

MANY = 210

CONFTEST = """
import pytest

def note(what, name):
    with open("notes", "a") as file:
        file.write(f"{what} {name}\\n")

def pytest_runtest_protocol(item):
    note("protocol", item.name)

def pytest_runtest_setup(item):
    note("setup", item.name)

def pytest_runtest_teardown(item):
    note("teardown", item.name)

def pytest_fixture_setup(fixturedef, request):
    note(fixturedef.argname, request.node.name)

@pytest.fixture(autouse=True)
def of_each():
    yield
"""
TESTS = f"""
import asyncio, gc, json, sys, weakref
import pytest

json.loads = lambda text: text

def of_the_user(): ...

@pytest.mark.parametrize("number", range({MANY}))
def test_number(number): ...

def test_freed():
    kept = weakref.ref(globals().pop("of_the_user"))
    gc.collect()
    assert kept() is None

def test_counted():
    a = b = c = of_the_user
    assert sys.getrefcount(of_the_user) < 100
    assert sys.getrefcount(json.loads) < 100

async def test_of_python():
    await asyncio.sleep(0)
    assert sys.getrefcount(asyncio.sleep) == {0xFFFFFFFF}
    assert sys.getrefcount(asyncio.Task) == {0xFFFFFFFF}
"""


def test_only_the_tests_run_and_only_what_is_no_users_is_not_counted(any_suite: Suite) -> None:
    any_suite.write(conftest=CONFTEST, test_it=TESTS)
    run = any_suite.run("--isolated-loop-mode=all", "--isolated-loop-start=fork")
    is_known = (3, 12) <= sys.version_info < (3, 14)
    assert run.outcomes == ({"passed": MANY + 3} if is_known else {"passed": MANY + 2, "failed": 1})
    notes = (any_suite.path / "notes").read_text().split("\n")
    # Fixtures of the session have none.
    names = {note.partition(" ")[2] for note in notes} - {""}
    assert len(names) == MANY + 3
    # The host's side of the protocol is no hook of the suite's.
    for what in ("setup", "teardown", "of_each"):
        assert Counter(note.partition(" ")[2] for note in notes if note.startswith(what)) == Counter(names)
