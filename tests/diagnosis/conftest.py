"""A suite that is collected once, and a diagnosis of each of its tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from isolated_async.diagnosis.checks import Checks
from isolated_async.diagnosis.diagnosis import Investigation
from isolated_async.diagnosis.findings import Diagnosis
from isolated_async.diagnosis.names import find_test
from isolated_async.diagnosis.probers import Probers

from ..inner_pytest import COSTLY, ON_REQUEST, environment

#: Many a probe here is a pytest of its own: plugins that take long to import are left out.
_WITHOUT = [f"-p no:{name}" for name in (*COSTLY, "asyncio", "anyio", "cacheprovider") if not name.startswith("xdist")]
INI = f"[pytest]\naddopts = {' '.join([*ON_REQUEST, *_WITHOUT])}\n"

Diagnose = Callable[..., Diagnosis]


class NoChecks(Checks):
    """Runs of pytest take longer than all the rest."""

    def _run(self, side, arguments, test):  # type: ignore[no-untyped-def]
        return None


@contextmanager
def diagnosing(directory: Path, runs: int = 1, limit_s: float = 20.0, at_once: int = 2) -> Iterator[Diagnose]:
    """In the suite in this directory, collected once."""
    before, of_the_run = os.getcwd(), dict(os.environ)
    work = directory.parent / f"{directory.name}-work"
    work.mkdir()
    os.chdir(directory)
    for name in set(os.environ) - environment().keys():
        del os.environ[name]
    try:
        probers = Probers([], work, at_once)
        with probers.collected() as suite:

            def diagnose(name: str, runs: int = runs) -> Diagnosis:
                victim = find_test(name, suite.tests)
                investigation = Investigation(probers, victim, limit_s, NoChecks(work), lambda _: None)
                investigation.investigate(runs)
                return investigation.diagnosis

            yield diagnose
    finally:
        os.chdir(before)
        os.environ.update(of_the_run)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    directory = tmp_path / "suite"
    directory.mkdir()
    (directory / "pytest.ini").write_text(INI)
    return directory
