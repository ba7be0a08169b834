"""Tables on a terminal, and what becomes of formats that are not installed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from ..inner_pytest import environment
from .test_command import INI

pytest.importorskip("rich")

SUITE = """
import asyncio
import pytest

def test_closes_the_loop():
    asyncio.run(asyncio.sleep(0))

@pytest.mark.parametrize("name", ["[bold]", "[/red]", "[link=x]y[/link]", "long" * 20])
def test_a(name):
    asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
"""
COMPARE = ("-m", "isolated_async", "compare", "--runs=1", "--mode=all", "--record=records")
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_COLORS = re.compile(r"\x1b\[[0-9;]*3[0-9]")


def _on_a_terminal(directory: Path, columns: int, *arguments: str, **variables: str) -> str:
    # Nothing but the terminal says how wide it is, and what it can show.
    ours = {name: value for name, value in environment().items() if name != "COLUMNS"}
    ours |= {"TERM": "xterm-256color", "PYTHONUTF8": "1", **variables}
    child = pexpect.spawn(
        sys.executable,
        [*COMPARE, *arguments],
        cwd=str(directory),
        env=ours,
        dimensions=(24, columns),
        encoding="utf-8",
        timeout=120,
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    return str(child.before).replace("\r\n", "\n")


def test_tables_are_for_terminals(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text(INI)
    (tmp_path / "test_a.py").write_text(SUITE)
    wide = _on_a_terminal(tmp_path, 120)
    plain = _ESCAPES.sub("", wide)
    assert "4 of 5 tests fail in process and not isolated.\n" in plain
    assert re.search(r"in process +5 +4 +1 +[\d.]+ s +[\d.]+ s +\d+ MiB", plain), plain
    assert re.search(r"in process +failed 1 of 1 +RuntimeError: There is no current event loop", plain)
    assert _COLORS.search(wide)
    # What was recorded counts again: these take no time.
    narrow = _on_a_terminal(tmp_path, 48, NO_COLOR="1")
    assert not _COLORS.search(narrow)
    # Nothing of a name is markup, and none is broken: it can be copied.
    for name in ("[bold]", "[/red]", "[link=x]y[/link]", "long" * 20):
        assert f"  test_a.py::test_a[{name}]\n" in plain
        assert f"  test_a.py::test_a[{name}]\n" in narrow
    lines = _ESCAPES.sub("", narrow).splitlines()
    table = lines[next(at for at, line in enumerate(lines) if line.startswith(" side")) :]
    assert max(len(line) for line in table if "test_a.py::" not in line) <= 48
    assert "MiB" not in narrow
    # To a file, or through a pipe, goes what programs can read.
    assert "4 of 5" not in _on_a_terminal(tmp_path, 100, "--output=report")
    assert "fail in-process, and not isolated: 4" in (tmp_path / "report").read_text().splitlines()
    for format_, head in (("table", "4 of 5 tests fail"), ("text", "in-process  5 tests")):
        asked = ["--format=table"] if format_ == "table" else []
        piped = subprocess.run(
            [sys.executable, *COMPARE, *asked],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert piped.stdout.startswith(head)
        assert "\x1b" not in piped.stdout


@pytest.mark.parametrize(
    ("format_", "modules", "says"),
    [
        ("html", ["jinja2"], "jinja2 is not installed"),
        ("html", ["altair", "vl_convert"], "altair, vl_convert are not installed"),
        ("table", ["rich"], "rich is not installed"),
    ],
)
def test_what_is_missing_is_told_before_the_runs(tmp_path: Path, format_: str, modules: list[str], says: str) -> None:
    program = (
        f"import sys\nsys.modules.update(dict.fromkeys({modules}))\n"
        "from isolated_async.commands import main\nsys.exit(main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "compare", f"--format={format_}", "--record=records"],
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    install = "pip install 'isolated-async[report]'"
    assert done.stderr == f"isolated-async compare: there can be no report as {format_} here: {says}: {install}\n"
    assert not (tmp_path / "records").exists()
