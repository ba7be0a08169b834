"""Which records count."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from isolated_async.comparison.runs import _RECORDS, Runs
from isolated_async.comparison.sides import IN_PROCESS, SIDES

LINE = {"test": "t", "outcome": "passed", "began": 1.0, "ended": 1.1, "seconds": 0.1, "green": False, "why": ""}


def test_a_record_of_other_arguments_counts_for_nothing(tmp_path: Path) -> None:
    for side in (IN_PROCESS, SIDES["isolated"]):
        end = {"key": [_RECORDS, "tests", *side.options_for("async"), ""], "exit_status": 0}
        (tmp_path / f"{side.name}-1.json").write_text(json.dumps(end))
        (tmp_path / f"{side.name}-1.jsonl").write_text(json.dumps(LINE) + "\n")
        same = Runs(tmp_path, ["tests"], "async").read(side, 1)
        assert same is not None
        assert list(same.tests) == ["t"]
        assert Runs(tmp_path, ["tests/api"], "async").read(side, 1) is None
        assert Runs(tmp_path, ["tests"], "async").read(side, 1, seed="1") is None
        assert Runs(tmp_path, ["tests"], "async").read(side, 2) is None
    assert Runs(tmp_path, ["tests"], "all").read(SIDES["isolated"], 1) is None


@pytest.mark.parametrize("text", ['{"key": ["rec', "", "[]", '{"key": "\udcff"}'])
def test_half_a_record_counts_for_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "in-process-1.json").write_bytes(text.encode(errors="surrogateescape"))
    assert Runs(tmp_path, ["tests"], "async").read(IN_PROCESS, 1) is None


def test_half_a_line_counts_for_nothing(tmp_path: Path) -> None:
    key = [_RECORDS, "tests", *IN_PROCESS.options_for("async"), ""]
    (tmp_path / "in-process-1.json").write_text(json.dumps({"key": key}))
    line = json.dumps(LINE)
    (tmp_path / "in-process-1.jsonl").write_text(f"{line[:9]}{line}\n{line}\n{line[:9]}")
    run = Runs(tmp_path, ["tests"], "async").read(IN_PROCESS, 1)
    assert run is not None
    assert list(run.tests) == ["t"]


class Stubborn:
    """A pytest that goes on after Ctrl-C, while the user presses it again."""

    def __init__(self, *_: object, **__: object) -> None:
        self.is_killed = False
        STARTED.append(self)

    def poll(self) -> int | None:
        return -9 if self.is_killed else None

    def kill(self) -> None:
        self.is_killed = True

    def wait(self, timeout: float | None = None) -> int:
        if not self.is_killed:
            raise KeyboardInterrupt
        return -9


STARTED: list[Stubborn] = []


def test_a_second_ctrl_c_leaves_nothing_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", Stubborn)
    with pytest.raises(KeyboardInterrupt):
        Runs(tmp_path, ["tests"], "async").run(IN_PROCESS, 1)
    assert STARTED.pop().is_killed
