"""What docs/how-to/compare.md says is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

from isolated_async.comparison.formats import FORMATS
from isolated_async.comparison.sides import IN_PROCESS, MODES, SIDES
from isolated_async.comparison.tally import Kind

from ..inner_pytest import FEWEST_PLUGINS, environment

ROOT = Path(__file__).parent.parent.parent
MANUAL = (ROOT / "docs" / "how-to" / "compare.md").read_text()


def test_the_example_is_what_is_printed() -> None:
    block, _ = re.findall(r"```text\n(.*?)```", MANUAL, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-m", "isolated_async", "compare", "--mode=all", "--", *FEWEST_PLUGINS],
        cwd=ROOT / "examples" / "broken_suite",
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    assert [line for line in block.splitlines() if line not in printed] == []
    # Of so many runs as it takes where nobody asks, all to nothing is beyond chance.
    assert "too few runs" not in done.stdout


def test_all_kinds_sides_modes_and_formats_are_told() -> None:
    for kind in set(get_args(Kind)) - {"same"}:
        assert f"\n| `{kind}` | " in MANUAL
    for name in (*SIDES.keys() - {IN_PROCESS.name}, *MODES, "json"):
        assert f"`{name}`" in MANUAL
    assert f"`--format {'`, `'.join(FORMATS)}`" in MANUAL
