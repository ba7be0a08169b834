"""What is not needed is not imported: a run that isolates nothing pays for the choice of tests, and for no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from .conftest import Suite

HEAVY = ("asyncio", "cloudpickle", "concurrent.futures", "execnet", "multiprocessing", "subprocess", "ctypes", "pickle")
TELLS = f"""
    import json, sys

    def pytest_unconfigure():
        with open("loaded.json", "w") as file:
            json.dump([name for name in {HEAVY!r} if name in sys.modules], file)
"""
OURS = ("-p", "isolated_async.plugin")


def _loaded(suite: Suite, *arguments: str) -> set[str]:
    """Without any other plugin: many import a good part of that."""
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=suite.path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return set(json.loads((suite.path / "loaded.json").read_text()))


@pytest.mark.parametrize("arguments", [[], ["--collect-only"], ["--help"], ["--isolated-loop", "-k", "test_sync"]])
def test_a_run_that_isolates_nothing(suite: Suite, arguments: list[str]) -> None:
    suite.write(conftest=TELLS, test_a="def test_sync():\n    pass\n")
    assert _loaded(suite, *OURS, *arguments) == _loaded(suite)


def test_a_run_that_isolates(suite: Suite) -> None:
    suite.write(conftest=TELLS, test_a="async def test_a():\n    pass\n")
    assert not {"execnet", "cloudpickle", "multiprocessing"} & _loaded(suite, *OURS, "--isolated-loop")
