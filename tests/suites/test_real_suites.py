"""Real suites that nobody here wrote end the same, test by test, in process and isolated.

Run with ``pytest -m suites tests/suites``; ``ISOLATED_ASYNC_SUITES_DIR`` names a directory that keeps the environments,
the logs and the records for the next time.

::

    recipe --set up--> environment --run--> in process --.
                                   --run--> isolated  ----+--> the same outcome for every test?
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.suites.installed_suite import InstalledSuite, SuiteRun, find_interpreter
from tests.suites.suite_recipes import RECIPES, SuiteRecipe

pytestmark = pytest.mark.suites

_DIRECTORY_VARIABLE = "ISOLATED_ASYNC_SUITES_DIR"
#: Of each failure that only the isolated run has, this many characters are shown, the last ones.
_SHOWN_CHARACTERS = 1500

Suites = Callable[[SuiteRecipe], tuple[InstalledSuite, SuiteRun]]


@pytest.fixture(scope="session")
def suites(tmp_path_factory: pytest.TempPathFactory) -> Suites:
    """Each suite, set up, with its run in process: once for all comparisons with it."""
    named = os.environ.get(_DIRECTORY_VARIABLE)
    directory = Path(named).resolve() if named else tmp_path_factory.mktemp("suites")

    @functools.cache
    def suite(name: str) -> tuple[InstalledSuite, SuiteRun]:
        recipe = next(recipe for recipe in RECIPES if recipe.name == name)
        interpreter = find_interpreter(recipe.python)
        if interpreter is None:
            pytest.skip(f"no Python {recipe.python} on PATH or in pyenv")
        installed = InstalledSuite(recipe, directory / name)
        installed.set_up(interpreter)
        return installed, installed.run("in-process", "-p", "no:isolated_async")

    return lambda recipe: suite(recipe.name)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_every_test_ends_the_same(
    recipe: SuiteRecipe, workers: int, suites: Suites, capsys: pytest.CaptureFixture[str]
) -> None:
    if workers > 1 and recipe.one_at_a_time:
        pytest.skip(f"{recipe.name}: {recipe.one_at_a_time}")
    installed, in_process = suites(recipe)
    isolated = installed.run(f"isolated-{workers}", "--isolated-loop", f"--isolated-loop-workers={workers}")
    with capsys.disabled():
        print(f"\n{_summary(recipe, workers, in_process, isolated)}")
    assert len(in_process.outcomes) == recipe.tests
    assert in_process.isolated == frozenset()
    assert len(isolated.isolated) == recipe.isolated
    assert isolated.outcomes.keys() == in_process.outcomes.keys()
    if not recipe.unordered:
        assert list(isolated.outcomes) == list(in_process.outcomes)
    differences = _differences(in_process, isolated)
    for test in recipe.unsteady:
        differences.pop(test, None)
    unexpected = {test: text for test, text in differences.items() if test not in recipe.expected_differences}
    assert not unexpected, "\n\n".join(unexpected.values())
    assert set(recipe.expected_differences) == set(differences), "an expected difference is gone: take it off the list"


def _differences(in_process: SuiteRun, isolated: SuiteRun) -> dict[str, str]:
    """Each test that ends differently, and how."""
    return {
        test: f"{test}: {outcome} in process, {isolated.outcomes[test]} isolated\n"
        + isolated.details.get(test, in_process.details.get(test, ""))[-_SHOWN_CHARACTERS:]
        for test, outcome in in_process.outcomes.items()
        if isolated.outcomes[test] != outcome
    }


def _summary(recipe: SuiteRecipe, workers: int, in_process: SuiteRun, isolated: SuiteRun) -> str:
    differing = sum(isolated.outcomes.get(test) != outcome for test, outcome in in_process.outcomes.items())
    return (
        f"{recipe.sdist}: {len(in_process.outcomes)} tests, {len(isolated.isolated)} isolated, {workers} at a time, "
        f"{differing} differ; {in_process.wall_s:.1f} s in process, {isolated.wall_s:.1f} s isolated"
    )
