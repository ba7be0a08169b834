"""The comparisons with public suites take minutes and a package index: they run only where ``-m`` names them."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.suites.installed_suite import InstalledSuite, SuiteRun, find_interpreter
from tests.suites.suite_recipes import RECIPES, SuiteRecipe

_DIRECTORY_VARIABLE = "ISOLATED_ASYNC_SUITES_DIR"

Install = Callable[[SuiteRecipe], InstalledSuite]
Suites = Callable[[SuiteRecipe], tuple[InstalledSuite, SuiteRun]]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "suites" in config.option.markexpr:
        # Pytest's own -m decides.
        return
    unwanted = [item for item in items if item.get_closest_marker("suites") is not None]
    if unwanted:
        items[:] = [item for item in items if item.get_closest_marker("suites") is None]
        config.hook.pytest_deselected(items=unwanted)


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Sets each suite up, once."""
    named = os.environ.get(_DIRECTORY_VARIABLE)
    directory = Path(named).resolve() if named else tmp_path_factory.mktemp("suites")

    @functools.cache
    def set_up(name: str) -> InstalledSuite:
        recipe = next(recipe for recipe in RECIPES if recipe.name == name)
        interpreter = find_interpreter(recipe.python)
        if interpreter is None:
            pytest.skip(f"no Python {recipe.python} on PATH or in pyenv")
        installed = InstalledSuite(recipe, directory / name)
        installed.set_up(interpreter)
        return installed

    return lambda recipe: set_up(recipe.name)


@pytest.fixture(scope="session")
def suites(install: Install) -> Suites:
    """Each suite, set up, with its run in process: once for all comparisons with it."""

    @functools.cache
    def suite(name: str) -> tuple[InstalledSuite, SuiteRun]:
        recipe = next(recipe for recipe in RECIPES if recipe.name == name)
        installed = install(recipe)
        return installed, installed.run("in-process", "-p", "no:isolated_async")

    return lambda recipe: suite(recipe.name)
