"""A suite, a copy of it that stands for the checkout of another machine, and what is left of runs on both."""

from __future__ import annotations

import shutil
import textwrap
import time
import uuid
from pathlib import Path

import pytest

from ..faults.survivors import processes_with
from .conftest import Run, Suite

#: Seconds in which what a killed host leaves behind must be gone: the relay looks for its host every two.
PATIENCE_S = 15.0


class Machines:
    """A suite, and a copy of it that stands for the checkout of another machine."""

    def __init__(self, suite: Suite, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.suite = suite
        self.there = there / "there"
        self._mark = f"MACHINES={uuid.uuid4()}"
        self.temporary = there / "tmp"
        self.temporary.mkdir()
        monkeypatch.setenv(*self._mark.split("="))
        monkeypatch.setenv("TMPDIR", str(self.temporary))

    def write(self, **files: str) -> None:
        """Write modules, here and there; those that begin with an empty line can note what happens."""
        notes = f"""
            import asyncio, os, signal, time
            import pytest
            from isolated_async import isolated_loop, shared_fixture

            where = os.environ.get("WHERE", "here")
            notes = {str(self.temporary.parent)!r} + "/notes"

            def note(text):
                with open(notes, "a") as file:
                    file.write(text + "\\n")
        """
        dedent = textwrap.dedent
        self.suite.write(
            **{name: dedent(notes if text.startswith("\n") else "") + dedent(text) for name, text in files.items()}
        )
        shutil.copytree(self.suite.path, self.there, dirs_exist_ok=True)

    def spec(self, slots: int, *more: str) -> str:
        return "//".join([f"--isolated-loop-tx={slots}*popen", f"chdir={self.there}", "env:WHERE=there", *more])

    def notes(self) -> list[str]:
        path = self.temporary.parent / "notes"
        return path.read_text().splitlines() if path.exists() else []

    def assert_nothing_left(self, *, files_too: bool = True, but: int = 0) -> None:
        """Neither a process (``but`` this one), here or there, nor a file there."""
        end = time.monotonic() + PATIENCE_S
        while alive := processes_with(self._mark, but=but):
            assert time.monotonic() < end, alive
            time.sleep(0.05)
        left = [path for path in self.temporary.iterdir() if not path.name.startswith("pytest-of-")]
        assert not (files_too and left)


@pytest.fixture
def machines(suite: Suite, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Machines:
    return Machines(suite, tmp_path_factory.mktemp("machine"), monkeypatch)


def outcomes(run: Run) -> list[tuple[str, str]]:
    """Name and outcome of each test, in the order in which they were reported."""
    failed = {each["nodeid"] for each in run.reports if each["outcome"] == "failed"}
    names = [each["nodeid"] for each in run.reports if each["when"] == "call" or each["nodeid"] in failed]
    return [(name.partition("::")[2], "failed" if name in failed else "passed") for name in dict.fromkeys(names)]
