"""What docs/how-to/doctor.md says is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from isolated_async.doctor.formats import FORMATS
from isolated_async.doctor.kinds import KINDS

from ..inner_pytest import FEWEST_PLUGINS, environment

ROOT = Path(__file__).parent.parent.parent
MANUAL = (ROOT / "docs" / "how-to" / "doctor.md").read_text()


def test_the_example_is_what_is_printed() -> None:
    (block,) = re.findall(r"```text\n(.*?)```", MANUAL, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-m", "isolated_async", "doctor", "--", *FEWEST_PLUGINS],
        cwd=ROOT / "examples" / "broken_suite",
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    # A page is told where it is on this machine.
    printed = done.stdout.replace(f"{ROOT}{os.sep}", "").splitlines()
    assert [line for line in block.splitlines() if line not in printed] == []


def test_all_kinds_and_formats_are_told() -> None:
    for kind in KINDS:
        assert f"| `{kind.name}` | {kind.title} | [{kind.page}](../conflicts/{kind.page}.md) |" in MANUAL
        assert (ROOT / "docs" / "conflicts" / f"{kind.page}.md").exists()
    assert re.findall(r"^\| `(\w+)` \| (?:for|workflow|SARIF)", MANUAL, re.MULTILINE) == list(FORMATS)
