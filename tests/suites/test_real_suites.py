"""Real suites that nobody here wrote end the same, test by test, in process and isolated.

Run with ``pytest -m suites tests/suites``; ``ISOLATED_ASYNC_SUITES_DIR`` names a directory that keeps the environments,
the logs and the records for the next time.

::

    recipe --set up--> environment --run--> in process ---------------.
                                   --run--> its async tests isolated --+--> the same outcome for every test?
                                   --run--> all isolated, under xdist -'
"""

from __future__ import annotations

import pytest

from tests.suites.conftest import Suites
from tests.suites.installed_suite import SuiteRun
from tests.suites.suite_recipes import RECIPES, SuiteRecipe

pytestmark = [
    pytest.mark.suites,
    pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name),
]

#: Of each failure that only the isolated run has, this many characters are shown, the last ones.
_SHOWN_CHARACTERS = 1500


@pytest.mark.parametrize("workers", [1, 2])
def test_every_test_ends_the_same(
    recipe: SuiteRecipe, workers: int, suites: Suites, capsys: pytest.CaptureFixture[str]
) -> None:
    if workers > 1 and recipe.one_at_a_time:
        pytest.skip(f"{recipe.name}: {recipe.one_at_a_time}")
    installed, in_process = suites(recipe)
    isolated = installed.run(f"isolated-{workers}", "--isolated-loop", f"--isolated-loop-workers={workers}")
    with capsys.disabled():
        print(f"\n{_summary(recipe, f'{workers} at a time', in_process, isolated)}")
    assert len(isolated.isolated) == recipe.isolated
    if not recipe.unordered:
        assert list(isolated.outcomes) == list(in_process.outcomes)
    _compare(recipe, in_process, isolated)


def test_every_test_ends_the_same_under_xdist(
    recipe: SuiteRecipe, suites: Suites, capsys: pytest.CaptureFixture[str]
) -> None:
    installed, in_process = suites(recipe)
    # With loadfile, the tests of a file run one after another.
    distribution = "--dist=loadfile" if recipe.one_at_a_time else "--dist=load"
    # One seed, so that xdist's workers collect in one order where the suite parametrizes tests with sets.
    isolated = installed.run("isolated-xdist", "-n", "2", distribution, "--isolated-loop-mode=all", PYTHONHASHSEED="0")
    with capsys.disabled():
        print(f"\n{_summary(recipe, 'under xdist -n 2', in_process, isolated)}")
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


def _summary(recipe: SuiteRecipe, how: str, in_process: SuiteRun, isolated: SuiteRun) -> str:
    differing = sum(isolated.outcomes.get(test) != outcome for test, outcome in in_process.outcomes.items())
    return (
        f"{recipe.sdist}: {len(in_process.outcomes)} tests, {len(isolated.isolated)} isolated, {how}, "
        f"{differing} differ; {in_process.wall_s:.1f} s in process, {isolated.wall_s:.1f} s isolated"
    )
