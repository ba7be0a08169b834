"""What ends the whole session in process ends it from a worker too, and just so."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..variants import by_default
from .fault import PASSED, VARIANTS, Outcome, Variant, run

_SUITE = """
import os, signal, pathlib
import pytest

@pytest.fixture
def around():
    {setup}
    yield
    pathlib.Path("taken_down").touch()
    {teardown}

def test_before():
    pass

def test_fault(around):
    {call}

def test_after():
    pass
"""

_ENDS = {
    "interrupt": ("raise KeyboardInterrupt", 2, "KeyboardInterrupt"),
    "signal": ("os.kill(os.getpid(), signal.SIGINT); signal.pause()", 2, "KeyboardInterrupt"),
    "exit": ("pytest.exit('enough', returncode=7)", 7, "Exit: enough"),
    "exit_without_a_status": ("pytest.exit('enough')", 2, "Exit: enough"),
}


def _run(directory: Path, variant: Variant, end: str, stage: str, mode: str) -> Outcome:
    directory.mkdir()
    stages = dict.fromkeys(("setup", "call", "teardown"), "pass") | {stage: _ENDS[end][0]}
    (directory / "test_a.py").write_text(_SUITE.format(**stages))
    return run(directory, variant, f"--isolated-loop-mode={mode}")


@pytest.mark.parametrize("stage", by_default(["setup", "call", "teardown"], "call", "teardown"))
@pytest.mark.parametrize("end", _ENDS)
def test_the_session_ends_as_in_process(tmp_path: Path, end: str, stage: str) -> None:
    _, code, said = _ENDS[end]
    in_process = _run(tmp_path / "in_process", VARIANTS[0], end, stage, "off")
    assert in_process.exit_code == code
    assert said in in_process.output
    for variant in VARIANTS:
        directory = tmp_path / str(variant)
        isolated = _run(directory, variant, end, stage, "all")
        assert isolated.exit_code == code, isolated.output
        assert said in isolated.output
        assert isolated.stages("test_a.py::test_before") == PASSED
        # Of what has begun ahead nothing is told.
        assert isolated.stages("test_a.py::test_after") == in_process.stages("test_a.py::test_after") == ()
        assert isolated.stages("test_a.py::test_fault") == in_process.stages("test_a.py::test_fault")
        assert (directory / "taken_down").exists() is (stage != "setup")
