"""What stands outside of the documentation, and refers to it, refers to what is there."""

from __future__ import annotations

import re

from .manual_page import DOCS

ROOT = DOCS.parent

#: Pages that no site has: their links are looked at here.
_PAGES = ("README.md", "CONTRIBUTING.md", "RELEASING.md", "benchmarks/README.md", "benchmarks/RESULTS.md")
#: Where code says ``docs/...``.
_CODE = ("isolated_async", "workers", "tests", "benchmarks", "scripts", "examples")


def test_links_lead_to_files() -> None:
    broken = []
    for name in _PAGES:
        path = ROOT / name
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
            if not (path.parent / link).exists():
                broken.append(f"{name}: {link}")
    assert broken == []


def test_pages_that_are_named_are_there() -> None:
    files = [*ROOT.glob("*.md"), *(path for directory in _CODE for path in (ROOT / directory).rglob("*"))]
    named = {
        (path.name, name)
        for path in files
        if path.suffix in (".py", ".md", ".sh", "") and path.is_file() and "__pycache__" not in path.parts
        for name in re.findall(r"\bdocs/[\w/-]+\.(?:md|json)\b", path.read_text(errors="replace"))
    }
    assert named
    # A page that is nowhere still has a name: test_conflict_pages.py.
    assert {(where, name) for where, name in named if not (ROOT / name).exists() and "no-such" not in name} == set()


def test_the_map_of_the_code_has_every_room() -> None:
    _, _, after = (DOCS / "explanation" / "architecture.md").read_text().partition("## Where to go in the code")
    host, _, workers = after.partition("isolated_async_workers/")
    for side, told in ((ROOT / "isolated_async", host), (ROOT / "workers" / "isolated_async_workers", workers)):
        rooms = {path.parent.name for path in side.glob("*/__init__.py")}
        assert rooms
        assert rooms - set(re.findall(r"(\w+)/", told)) == set()
