"""The doctor raises no false alarm: these suites pass, in process and isolated."""

from __future__ import annotations

import pytest

from tests.suites.conftest import Install
from tests.suites.suite_recipes import RECIPES, SuiteRecipe

pytestmark = pytest.mark.suites


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_nothing_is_found(recipe: SuiteRecipe, install: Install) -> None:
    report = install(recipe).doctor()
    print(f"{recipe.sdist}: {report['tests']} tests, {len(report['findings'])} findings")
    assert report["errors"] == []
    assert report["tests"] > 0
    assert [method["name"] for method in report["start_methods"] if method["works"]] == ["fork", "spawn"]
    assert report["findings"] == []
