"""The documentation becomes a site: every page is in it, every link leads somewhere, nothing is fetched.

::

    docs/, mkdocs.yml --mkdocs build --strict--> a directory of HTML files
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .manual_page import DOCS

ROOT = DOCS.parent

pytest.importorskip("material", reason="the extra docs is not installed")

#: What a browser loads by itself.
_FETCHED = re.compile(r'<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)="(?!data:)(\w+:)?//')


def build(config: Path, site: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "default", "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(site)],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_the_site(tmp_path: Path) -> None:
    done = build(ROOT / "mkdocs.yml", tmp_path)
    assert done.returncode == 0, done.stdout
    pages = {path.relative_to(tmp_path).with_suffix("").as_posix() for path in tmp_path.rglob("*.html")} - {"404"}
    written = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    assert pages == {name.replace("README", "index") for name in written}
    assert (tmp_path / "reference" / "schemas" / "profile.json").is_file()
    # In a table a pipe needs a backslash, and in code that is shown: write `or`.
    assert [path.name for path in tmp_path.rglob("*.html") if re.search(r"<td>.*\\\|", path.read_text())] == []
    fetched = [
        f"{path.name}: {found[0]}" for path in tmp_path.rglob("*.html") for found in _FETCHED.finditer(path.read_text())
    ]
    assert fetched == []


#: A link that leads nowhere -> what is said about it.
BROKEN = {
    "[a](no-such-page.md)": "contains a link 'no-such-page.md'",
    "[a](tutorial.md#no-such-heading)": "does not contain an anchor '#no-such-heading'",
    "[a](/tutorial.md)": "contains an absolute link '/tutorial.md'",
    "[a](../README.md)": "contains a link '../README.md'",
}


def test_a_broken_link_is_an_error(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# Start\n\n" + "\n".join(BROKEN))
    (docs / "tutorial.md").write_text("# Tutorial\n")
    settings, _ = (ROOT / "mkdocs.yml").read_text().split("\nnav:\n")
    (tmp_path / "mkdocs.yml").write_text(f"{settings}\nnav: [index.md, tutorial.md]\n")
    done = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode == 1
    assert [problem for problem in BROKEN.values() if problem not in done.stdout] == []
    assert f"Aborted with {len(BROKEN)} warnings in strict mode" in done.stdout


def test_a_page_outside_the_navigation_is_an_error(tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    (tmp_path / "docs" / "forgotten.md").write_text("# Forgotten\n")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    done = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode == 1
    assert "forgotten.md" in done.stdout
