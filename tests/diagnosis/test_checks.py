"""The runs of pytest at the end of a diagnosis."""

from __future__ import annotations

from pathlib import Path

from isolated_async.diagnosis.checks import Checks
from isolated_async.diagnosis.findings import Diagnosis
from isolated_async.diagnosis.formats import as_text


def test_where_the_last_run_does_not_begin_it_is_said_why(tmp_path: Path) -> None:
    checked = Checks(tmp_path).in_process(["--no-such-option"], "test_a.py::test_a")
    assert checked.outcome == ""
    assert checked.problem.startswith("pytest exits with 4\n")
    lines = as_text(Diagnosis("test_a", "test_a", 1, in_process=checked)).splitlines()
    at = lines.index("to see it: pytest --no-such-option")
    assert lines[at + 1] == "    pytest exits with 4"
    assert any("unrecognized arguments: --no-such-option" in line for line in lines[at + 2 :])
