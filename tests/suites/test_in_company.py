"""Tests of real suites that pass alone and fail in company: what a neighbour leaves behind no longer reaches them.

::

    neighbours, then victims --run--> in process --> the victims fail
                       alone --run--> in process --> each victim passes, in a pytest of its own
    neighbours, then a victim --diagnose--> a neighbour, and what it leaves behind
    neighbours, then victims --run--> isolated   --> all pass
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.suites.conftest import Install
from tests.suites.installed_suite import SuiteRun
from tests.suites.suite_recipes import RECIPES, YAPPI, SuiteRecipe

pytestmark = pytest.mark.suites

_IN_PROCESS = ("-p", "no:isolated_async")
_NO_CACHE = ("-p", "no:cacheprovider")
_SUITES = {recipe.name: recipe for recipe in RECIPES}


@dataclass(frozen=True, slots=True)
class Company:
    """Tests that do not get on with each other.

    Attributes:
        suite: whose tests they are.
        neighbours: arguments of pytest that select the tests which run first, and pass.
        victims: an argument of pytest for each test that they break, to node id as this pytest shows it.
        message: what the failures of the victims say.
        why: what the neighbours leave behind.
        left: its kind, as a diagnosis tells it.
        options: of pytest, which these arguments need.
    """

    suite: SuiteRecipe
    neighbours: tuple[str, ...]
    victims: dict[str, str]
    message: str
    why: str
    left: str
    options: tuple[str, ...] = ()


COMPANIES = (
    Company(
        suite=_SUITES["tenacity"],
        neighbours=("tests/test_tornado.py",),
        victims={
            name: name
            for name in (
                "tests/test_asyncio.py::TestAsyncio::test_retry",
                "tests/test_asyncio.py::TestContextManager::test_do_max_attempts",
                "tests/test_issue_478.py::TestIssue478::test_async",
            )
        },
        message="There is no current event loop in thread 'MainThread'",
        why="the tear-down of tornado's AsyncTestCase leaves no current loop, and the victims run on the current loop",
        left="loop",
    ),
    Company(
        suite=_SUITES["tornado"],
        neighbours=("tornado.test.web_test::AcceptLanguageTest",),
        victims={
            f"tornado.test.locale_test::TranslationLoaderTest::{name}": f"TranslationLoaderTest::{name}"
            for name in ("test_csv", "test_csv_bom")
        },
        message="'dict' object has no attribute 'ngettext'",
        why="an application under test has switched the module tornado.locale to gettext for good",
        left="attribute",
        options=("--log-disable=tornado.access", "--pyargs"),
    ),
    # Of the four tests in that file, the one that measures no wall clock and leaves no thread when it fails.
    Company(
        suite=YAPPI,
        neighbours=("tests/test_asyncio_context_vars.py::AsyncUsage::test_async_wall",),
        victims={name: name for name in ("tests/test_asyncio.py::SingleThreadTests::test_recursive_coroutine",)},
        message="There is no current event loop in thread 'MainThread'",
        why="asyncio.run leaves no current loop, and the victims run on the current loop",
        left="loop",
        options=("-o", "pythonpath=tests"),
    ),
)


@pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.suite.name)
def test_isolation_cures_what_fails_in_company(company: Company, install: Install) -> None:
    installed = install(company.suite)
    options = (*_NO_CACHE, *company.options)
    everyone = (*options, *company.neighbours, *company.victims)

    in_process = installed.run_only("company-in-process", *_IN_PROCESS, *everyone)
    for shown in company.victims.values():
        test = _named(in_process, shown)
        assert in_process.outcomes[test] == "failed"
        assert company.message in in_process.details[test]
    assert set(in_process.outcomes.values()) == {"passed", "failed"}
    assert list(in_process.outcomes.values()).count("failed") == len(company.victims)

    for argument, shown in company.victims.items():
        alone = installed.run_only("alone-in-process", *_IN_PROCESS, *options, argument)
        assert alone.outcomes == {_named(alone, shown): "passed"}

    isolated = installed.run_only("company-isolated", "--isolated-loop-mode=all", *everyone)
    assert list(isolated.outcomes) == list(in_process.outcomes)
    assert set(isolated.outcomes.values()) == {"passed"}, company.why
    assert isolated.isolated == isolated.outcomes.keys()


@pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.suite.name)
def test_the_neighbour_is_found(company: Company, install: Install) -> None:
    installed = install(company.suite)
    argument, shown = next(iter(company.victims.items()))
    arguments = (*_NO_CACHE, *company.options, *company.neighbours, argument)
    found = installed.diagnose(shown, *arguments)
    assert found["verdict"] == "found"
    assert company.message in found["company"]["why"]
    # A class or a test of an installed module is named otherwise there.
    neighbours = tuple(each.rpartition("::")[2] for each in company.neighbours)
    for polluters in found["polluters"]:
        (name,) = polluters["tests"]
        assert any(each in name for each in neighbours)
        assert [each["kind"] for each in polluters["left_behind"] if each["is_cause"]] == [company.left]
    assert found["isolated"]["outcome"] == "passed"


def _named(run: SuiteRun, shown: str) -> str:
    """The whole node id: of an installed module it depends on what else was selected."""
    (test,) = [test for test in run.outcomes if test.endswith(shown)]
    return test
