"""What README.md says is so: its commands are run, in a directory that has the examples, as in a checkout."""

from __future__ import annotations

import re
from pathlib import Path

from .manual_page import DOCS, read_manual_page
from .shell import problems_of

ROOT = DOCS.parent
TEXT = (ROOT / "README.md").read_text()


def test_what_it_says_is_so(tmp_path: Path) -> None:
    page = read_manual_page("README.md", TEXT)
    assert len(page.commands) > 8
    found = problems_of(page, tmp_path, given=[ROOT / "examples"])
    assert not found, "\n\n".join(found)


def test_its_scripts_are_there() -> None:
    scripts = set(re.findall(r"`(scripts/\w+)`", TEXT))
    assert scripts == {"scripts/demo", "scripts/test"}
    assert all((ROOT / script).exists() for script in scripts)


def test_the_polluter_is_that_of_the_manual() -> None:
    (block,) = re.findall(r"```text\n(tornado.*?)```", TEXT, re.DOTALL)
    assert block in (DOCS / "how-to" / "diagnose.md").read_text()
