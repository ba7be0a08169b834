"""What ``scripts/distributions.py`` says about two builds, and about a tag; to build is its own test."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "distributions.py"
BUILT = {"isolated_async-1.2.3.tar.gz": b"sdist", "isolated_async-1.2.3-py3-none-any.whl": b"wheel"}
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2030-01-02\n\n### Added\n"


@pytest.fixture
def distributions(monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("distributions", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "distributions", module)  # Where its dataclasses look their annotations up.
    spec.loader.exec_module(module)
    return module


def test_differences_of_two_builds(distributions: Any) -> None:
    assert distributions.differences(BUILT, dict(BUILT)) == []
    (wheel,) = distributions.differences(BUILT, {**BUILT, "isolated_async-1.2.3-py3-none-any.whl": b"other"})
    assert wheel.startswith("isolated_async-1.2.3-py3-none-any.whl is 5 bytes, ")
    (sdist,) = distributions.differences(BUILT, {name: BUILT[name] for name in BUILT if name.endswith(".whl")})
    assert sdist.endswith(" and missing in the other")


@pytest.mark.parametrize(
    ("tag", "changelog", "wrong"),
    [
        ("v1.2.3", CHANGELOG, []),
        ("1.2.3", CHANGELOG, ["does not begin with v"]),
        ("v1.2.3", CHANGELOG.replace("2030-01-02", "soon"), ["no heading '## [1.2.3] - YEAR-MONTH-DAY'"]),
        ("v1.2", CHANGELOG, ["tar.gz is not of version 1.2", "whl is not of version 1.2", "no heading '## [1.2]"]),
        ("v1.2.3rc1", CHANGELOG, ["tar.gz is not of version", "whl is not of version", "no heading '## [1.2.3rc1]"]),
    ],
)
def test_what_a_tag_promises(distributions: Any, tag: str, changelog: str, wrong: list[str]) -> None:
    said = distributions.not_of_release(tag, BUILT, changelog)
    assert len(said) == len(wrong), said
    assert all(part in line for part, line in zip(wrong, said, strict=True))
