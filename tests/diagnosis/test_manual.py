"""What docs/how-to/diagnose.md says is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from isolated_async.diagnosis.findings import Verdict
from isolated_async.diagnosis.formats import FORMATS
from isolated_async.diagnosis.kinds import KINDS

from ..inner_pytest import FEWEST_PLUGINS, environment
from .polluters import PAIRS

ROOT = Path(__file__).parent.parent.parent
MANUAL = (ROOT / "docs" / "how-to" / "diagnose.md").read_text()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 knows no qualified names of code")
def test_the_example_is_what_is_printed() -> None:
    block, _ = re.findall(r"```text\n(.*?)```", MANUAL, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-m", "isolated_async", "diagnose", "test_needs_an_open_loop", "--", *FEWEST_PLUGINS],
        cwd=ROOT / "examples" / "broken_suite",
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # A page is told where it is on this machine.
    printed = done.stdout.replace(f"{' '.join(FEWEST_PLUGINS)} ", "").replace(f"{ROOT}{os.sep}", "").splitlines()
    assert [line for line in block.splitlines() if line not in printed] == []
    assert [line for line in printed if line not in block.splitlines() and "runs of pytest" not in line] == [
        "    @isolated_loop on the test does the same for it alone"
    ]
    # The README has the first lines of it.
    shown = (ROOT / "README.md").read_text()
    for line in block.splitlines()[:4]:
        assert f"\n{line}\n" in shown


def test_all_kinds_verdicts_and_formats_are_told() -> None:
    for kind in (*KINDS, "loop"):
        assert f"`{kind}`" in MANUAL
    # What is told of streams, warnings and modules that are new is the same code as of others.
    assert {*KINDS, "loop"} - {pair.kind for pair in PAIRS} == {"stream", "warnings"}
    for verdict in get_args(Verdict):
        assert f"`{verdict}`" in MANUAL
    assert f"`--format {'`, `'.join(FORMATS)}`" in MANUAL


def test_pages_of_kinds_exist() -> None:
    for _, page in KINDS.values():
        assert not page or (ROOT / "docs" / "conflicts" / f"{page}.md").exists()
