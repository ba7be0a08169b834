"""The suites that are measured: how many tests, what each of them does, what their modules import."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import Variables

#: Tests are dealt to so many modules (fewer if there are fewer tests).
MODULES = 10
_IN_SUITE = Path(__file__).with_name("in_suite")

_INI = """\
[pytest]
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
markers = isolated_loop: known in environments without the plugin too
"""

_HEAD = """\
import asyncio

import pytest
"""

_FIXTURE = """

@pytest.fixture
def value():
    return 1
"""

_TEST = """

@pytest.mark.asyncio
async def test_{number}(value):
    await asyncio.sleep({seconds})
    assert value == 1
"""


@dataclass(frozen=True, slots=True)
class Suite:
    """Async tests with one sync fixture.

    Attributes:
        seconds: what each test awaits.
        imports: what each module imports besides.
        scope: each module is marked with this scope of isolation, if any.
    """

    tests: int
    seconds: float = 0
    imports: tuple[str, ...] = ()
    scope: str = ""

    @property
    def modules(self) -> int:
        """How many it has."""
        return min(MODULES, self.tests)

    @property
    def variables(self) -> Variables:
        """Environment variables of its commands: libraries for linear algebra start threads when they are imported,
        and what has threads is spawned, not forked."""
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        return dict.fromkeys(names, "1") if self.imports else {}

    @property
    def directory_name(self) -> str:
        """Differs where what is written differs."""
        parts = [f"{self.tests}-tests"]
        parts += [f"of-{self.seconds}-s"] if self.seconds else []
        parts += [f"importing-{len(self.imports)}"] if self.imports else []
        parts += [f"a-worker-a-{self.scope}"] if self.scope else []
        return "-".join(parts)

    def write(self, directory: Path) -> None:
        """Write it; a directory that is there is emptied, so that nothing of an earlier run is collected."""
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        (directory / "pytest.ini").write_text(_INI)
        for path in _IN_SUITE.glob("*.py"):
            shutil.copy(path, directory)
        head = _HEAD + "".join(f"import {module}  # noqa: F401\n" for module in self.imports)
        if self.scope:
            head += f'\npytestmark = pytest.mark.isolated_loop(scope="{self.scope}")\n'
        for module in range(self.modules):
            numbers = range(module, self.tests, self.modules)
            tests = "".join(_TEST.format(number=number, seconds=self.seconds) for number in numbers)
            (directory / f"test_module_{module}.py").write_text(head + _FIXTURE + tests)
