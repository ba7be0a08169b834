"""The comparisons with public suites take minutes and a package index: they run only where ``-m`` names them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.suites.installed_suite import InstalledSuite, SuiteRun, find_interpreter
from tests.suites.results import SuiteResult, keep
from tests.suites.suite_recipes import SuiteRecipe

_DIRECTORY_VARIABLE = "ISOLATED_ASYNC_SUITES_DIR"

Install = Callable[[SuiteRecipe], InstalledSuite]
Tell = Callable[[SuiteResult], None]
Suites = Callable[[SuiteRecipe], tuple[InstalledSuite, SuiteRun]]


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the suites are."""
    named = os.environ.get(_DIRECTORY_VARIABLE)
    return Path(named).resolve() if named else tmp_path_factory.mktemp("suites")


@pytest.fixture
def tell(directory: Path, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Shows what a run came to, and keeps it."""

    def show(result: SuiteResult) -> None:
        with capsys.disabled():
            print(f"\n{result}")
        keep(directory, result)

    return show


@pytest.fixture(scope="session")
def install(directory: Path) -> Install:
    """Sets each suite up, once."""
    known: dict[str, InstalledSuite] = {}

    def set_up(recipe: SuiteRecipe) -> InstalledSuite:
        if recipe.name not in known:
            interpreter = find_interpreter(recipe.python)
            if interpreter is None:
                pytest.skip(f"no Python {recipe.python} on PATH or in pyenv")
            installed = InstalledSuite(recipe, directory / recipe.name)
            installed.set_up(interpreter)
            known[recipe.name] = installed
        return known[recipe.name]

    return set_up


@pytest.fixture(scope="session")
def suites(install: Install) -> Suites:
    """Each suite, set up, with its run in process: once for all comparisons with it."""

    in_process: dict[str, SuiteRun] = {}

    def suite(recipe: SuiteRecipe) -> tuple[InstalledSuite, SuiteRun]:
        installed = install(recipe)
        if recipe.name not in in_process:
            in_process[recipe.name] = installed.run("in-process", "-p", "no:isolated_async")
        return installed, in_process[recipe.name]

    return suite
