"""Real suites that nobody here wrote end the same, test by test, in process and isolated.

Run with ``pytest -m suites tests/suites``; ``ISOLATED_ASYNC_SUITES_DIR`` names a directory that keeps the environments,
the logs and the records for the next time. What each run came to is kept there as well: ``python -m tests.suites.table
DIRECTORY`` shows it.

::

    recipe --set up--> environment --run--> in process ---------------------------------.
                                   --run--> its async tests isolated, in several ways ---+--> the same for every test?
                                   --run--> all tests isolated, in xdist's workers ------'
"""

from __future__ import annotations

import pytest

from tests.suites.conftest import Suites, Tell
from tests.suites.installed_suite import SuiteRun
from tests.suites.results import SuiteResult
from tests.suites.suite_recipes import RECIPES, SuiteRecipe

pytestmark = [
    pytest.mark.suites,
    pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name),
]

#: Of each failure that only the isolated run has, this many characters are shown, the last ones.
_SHOWN_CHARACTERS = 1500
#: Ways in which its async tests are isolated: by which option, with how many workers, and with how many where only one
#: test can run at a time (None: not at all).
_WAYS: dict[str, tuple[str, int, int | None]] = {
    "1 worker": ("--isolated-loop", 1, 1),
    "2 workers": ("--isolated-loop", 2, None),
    "spawn": ("--isolated-loop-start=spawn", 2, 1),
    # The other machine is this one, behind a relay and execnet.
    "machines": ("--isolated-loop-tx=popen", 1, None),
}


@pytest.mark.parametrize("way", _WAYS)
def test_every_test_ends_the_same(recipe: SuiteRecipe, way: str, suites: Suites, tell: Tell) -> None:
    option, workers, workers_one_at_a_time = _WAYS[way]
    if recipe.one_at_a_time:
        if workers_one_at_a_time is None:
            pytest.skip(f"{recipe.name}: {recipe.one_at_a_time}")
        workers = workers_one_at_a_time
    installed, in_process = suites(recipe)
    isolated = installed.run(
        f"isolated-{way.replace(' ', '-')}", "--isolated-loop", f"--isolated-loop-workers={workers}", option
    )
    tell(_result(recipe, way, in_process, isolated))
    assert len(isolated.isolated) == recipe.isolated
    if not recipe.unordered:
        assert list(isolated.outcomes) == list(in_process.outcomes)
    _compare(recipe, in_process, isolated)


def test_every_test_ends_the_same_under_xdist(recipe: SuiteRecipe, suites: Suites, tell: Tell) -> None:
    installed, in_process = suites(recipe)
    # With loadfile, the tests of a file run one after another.
    distribution = "--dist=loadfile" if recipe.one_at_a_time else "--dist=load"
    # One seed, so that xdist's workers collect in one order where the suite parametrizes tests with sets.
    isolated = installed.run("isolated-xdist", "-n", "2", distribution, "--isolated-loop-mode=all", PYTHONHASHSEED="0")
    tell(_result(recipe, "xdist, all isolated", in_process, isolated))
    assert len(isolated.isolated) == recipe.tests
    _compare(recipe, in_process, isolated)


def _compare(recipe: SuiteRecipe, in_process: SuiteRun, isolated: SuiteRun) -> None:
    assert len(in_process.outcomes) == recipe.tests
    assert in_process.isolated == frozenset()
    assert isolated.outcomes.keys() == in_process.outcomes.keys()
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


def _result(recipe: SuiteRecipe, way: str, in_process: SuiteRun, isolated: SuiteRun) -> SuiteResult:
    differing = sum(isolated.outcomes.get(test) != outcome for test, outcome in in_process.outcomes.items())
    return SuiteResult.of_today(
        *(recipe.sdist, recipe.python, way, len(in_process.outcomes), len(isolated.isolated), differing),
        *(in_process.wall_s, isolated.wall_s),
    )
