"""The command of a fresh interpreter: whatever this process and its path are like, it starts, and is the same there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from isolated_async.processes.import_path import standard_library_first
from isolated_async.processes.interpreter import interpreter_command

#: What the interpreter runs that is started: it tells what it is like.
SHOWN = """
import json, sys

def main(*given):
    flags = [sys.flags.optimize, sys.flags.bytes_warning, sys.flags.dont_write_bytecode, sys.flags.utf8_mode]
    told = {"path": sys.path, "flags": flags, "dev": sys.flags.dev_mode, "warnings": sys.warnoptions, "given": given}
    print(json.dumps(told))
"""


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that can be imported there."""
    (tmp_path / "shown.py").write_text(SHOWN)
    monkeypatch.syspath_prepend(tmp_path)
    return "shown"


def _run(command: list[str]) -> Any:
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def test_it_has_the_path_and_what_is_given(shown: str) -> None:
    told = _run(interpreter_command(shown, 3, 4))
    assert told["path"] == sys.path
    assert told["given"] == [3, 4]


def test_what_is_no_text_on_the_path(shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Python itself passes over it.
    path = list(sys.path)
    monkeypatch.setattr(sys, "path", [tmp_path, *path])
    with standard_library_first():
        assert sorted(sys.path) == sorted(path)
    assert sys.path == [tmp_path, *path]
    assert _run(interpreter_command(shown))["path"] == path


def test_a_directory_that_is_gone(shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    path = list(sys.path)
    monkeypatch.chdir(gone)
    monkeypatch.setattr(sys, "path", ["", *path])
    assert _run(interpreter_command(shown))["path"] == [str(gone), *path]
    gone.rmdir()
    assert _run(interpreter_command(shown))["path"] == path


def test_it_has_the_flags_of_this_one(shown: str) -> None:
    safe_path = ["-P"] if sys.version_info >= (3, 11) else []
    flags = ["-O", "-b", "-B", "-Xutf8", "-Xdev", "-Werror::UserWarning", *safe_path]
    code = (
        f"import sys, json; sys.path[:] = {sys.path}; import {shown}; {shown}.main(); "
        "from isolated_async.processes.interpreter import interpreter_command; "
        f"print(json.dumps(interpreter_command({shown!r})))"
    )
    lines = subprocess.run([sys.executable, *flags, "-c", code], stdout=subprocess.PIPE, check=True).stdout.splitlines()
    here, command = map(json.loads, lines)
    assert _run(command) == here
    assert here["flags"] == [1, 1, 1, 1]
    assert command.count("-P") <= 1
