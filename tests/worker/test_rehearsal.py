"""The throw-away case works with this pytest, and leaves nothing. Where it does not work, nobody would notice."""

from __future__ import annotations

import pytest

from ..inner_pytest import ON_REQUEST

PLUGIN = """
import asyncio, gc, logging, os, sys, threading, warnings
from isolated_async_workers.pytest_private import capture_files
from isolated_async_workers.rehearsal import rehearse_once

def number_of_next_task():
    loop = asyncio.SelectorEventLoop()
    task = loop.create_task(asyncio.sleep(0))
    loop.run_until_complete(task)
    loop.close()
    return int(task.get_name().rpartition("-")[2])

def state(session):
    return {
        "files": [os.fstat(file).st_ino for number, file, _ in capture_files(session.config) if number],
        "policy": asyncio.events._event_loop_policy,
        "next task": number_of_next_task(),
        "threads": threading.enumerate(),
        "filters": list(warnings.filters),
        "environment": dict(os.environ),
        "log handlers": list(logging.getLogger().handlers),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "descriptors": [os.readlink(f"/proc/self/fd/{each}") for each in range(3)],
        "set up": list(session._setupstate.stack),
        "failed": session.testsfailed,
        "items": list(session.items),
    }

def pytest_collection_finish(session):
    before = state(session)
    assert rehearse_once(session) and rehearse_once(session)
    after = state(session)
    assert after.pop("next task") == before.pop("next task") + 1
    assert set(before.pop("files")).isdisjoint(after.pop("files"))
    assert [name for name in before if after[name] != before[name]] == []
    sys.stderr.write("rehearsed twice")
"""
SUITE = """
def pytest_runtest_setup(item):
    assert item.name == "test_alone"

def test_alone(capfd):
    print("captured")
    assert capfd.readouterr().out == "captured\\n"
"""
FIXTURE_OF_THE_SUITE = """
import pytest

@pytest.fixture
def monkeypatch(): ...
"""


def test_the_case_passes_and_leaves_nothing(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # Every test that ends removes it.
    pytester.makepyfile(plugin=PLUGIN, conftest=SUITE, test_it=SUITE)
    result = pytester.runpytest_subprocess(*ON_REQUEST, "-p", "plugin", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    assert "rehearsed twice" in result.stderr.str()


def test_the_suite_is_not_asked_for_the_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(plugin=PLUGIN, conftest=FIXTURE_OF_THE_SUITE, test_it=SUITE)
    result = pytester.runpytest_subprocess(*ON_REQUEST, "-p", "plugin", "-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*LookupError: monkeypatch is not pytest's alone"])
