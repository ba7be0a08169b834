"""Builds the sdist and the wheel of the commit that is checked out, twice, and compares them byte by byte.

::

    git archive HEAD --+--> a directory, umask 022 --> sdist --> wheel from the sdist ----+
                       |                                                                  +--> the same? --> dist/
                       +--> another one, umask 077, --> sdist, and wheel from the same ---+
                            other times and settings

    python scripts/distributions.py              any commit
    python scripts/distributions.py --tag v1.2.3 the commit of a release: the tag is its version, the changelog has it

What is not committed is not built. Needs git, and ``build`` and ``hatchling`` in the environment of this interpreter:
the bytes are the same for the same versions of these.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DESTINATION = PROJECT / "dist"

#: Seconds between the two: more than the two seconds that are the resolution of times in a zip file.
_BETWEEN_S = 2.5
_BYTES_PER_KIB = 1024


@dataclass(frozen=True, slots=True)
class Way:
    """How one of the two is built: what should make no difference.

    Attributes:
        targets: what ``build`` is asked for; without any, it builds the wheel from the sdist.
        modified: the time of every file, in seconds since the epoch.
    """

    directory: str
    umask: int
    targets: tuple[str, ...]
    modified: int
    variables: Mapping[str, str] = field(default_factory=dict)


WAYS = (
    Way("first", 0o022, (), 1_000_000_000),
    Way(
        "second, elsewhere",
        0o077,
        ("--sdist", "--wheel"),
        1_700_000_000,
        {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    ),
)


def build(way: Way, parent: Path) -> dict[str, bytes]:
    """Build in a copy of the commit, and return what came of it, by file name."""
    source = parent / way.directory / "source"
    built = parent / way.directory / "built"
    old_umask = os.umask(way.umask)
    try:
        source.mkdir(parents=True)
        archive = subprocess.run(["git", "-C", str(PROJECT), "archive", "HEAD"], check=True, stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "--no-same-permissions", "-C", str(source)], check=True, input=archive.stdout)
        for path in source.rglob("*"):
            os.utime(path, (way.modified, way.modified))
        environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
        subprocess.run(
            [sys.executable, "-m", "build", "--no-isolation", *way.targets, "--outdir", str(built), str(source)],
            check=True,
            env={**environment, **way.variables},
            stdout=subprocess.DEVNULL,
        )
    finally:
        os.umask(old_umask)
    return {path.name: path.read_bytes() for path in sorted(built.iterdir())}


def differences(first: Mapping[str, bytes], second: Mapping[str, bytes]) -> list[str]:
    """What is not the same, a line each."""
    return [
        f"{name} is {_describe(first.get(name))} in one build and {_describe(second.get(name))} in the other"
        for name in sorted({*first, *second})
        if first.get(name) != second.get(name)
    ]


def not_of_release(tag: str, built: Mapping[str, bytes], changelog: str) -> list[str]:
    """Why this is not what ``tag`` promises, a line each."""
    version = tag.removeprefix("v")
    wrong = [f"{name} is not of version {version}" for name in built if _version_of(name) != version]
    if tag == version:
        wrong.append(f"the tag {tag} does not begin with v")
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        wrong.append(f"CHANGELOG.md has no heading '## [{version}] - YEAR-MONTH-DAY'")
    return wrong


def _version_of(name: str) -> str:
    """Of the file name of an sdist or a wheel."""
    return name.removesuffix(".tar.gz").split("-")[1]


def _describe(content: bytes | None) -> str:
    return "missing" if content is None else f"{len(content)} bytes, {hashlib.sha256(content).hexdigest()[:12]}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the sdist and the wheel of HEAD, twice, into dist/.")
    parser.add_argument("--tag", help="the tag of a release, like v1.2.3: must be the version, and in the changelog")
    tag = parser.parse_args().tag
    with tempfile.TemporaryDirectory() as parent:
        first = build(WAYS[0], Path(parent))
        time.sleep(_BETWEEN_S)
        second = build(WAYS[1], Path(parent))
    wrong = differences(first, second)
    if tag is not None:
        wrong += not_of_release(tag, first, (PROJECT / "CHANGELOG.md").read_text())
    if wrong:
        print("scripts/distributions.py:", *wrong, sep="\n  ", file=sys.stderr)
        return 1
    shutil.rmtree(DESTINATION, ignore_errors=True)
    DESTINATION.mkdir()
    for name, content in first.items():
        (DESTINATION / name).write_bytes(content)
        print(f"{hashlib.sha256(content).hexdigest()}  dist/{name}  {len(content) / _BYTES_PER_KIB:.0f} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
