"""What must be the same on two machines before a test runs: versions, files, and the collected tests.

::

    relay: versions(), digests and node ids of the host      agent: versions(), digests and node ids over there
                            `---------------- differences ----------------'
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

import isolated_async
import isolated_async_workers.wire as wire
from isolated_async_workers.wire.messages import PROTOCOL_VERSION

#: Of each kind of difference, so many are named.
_NAMED = 5


def _our_code() -> str:
    """One digest of all modules of both sides, by their names."""
    digest = hashlib.sha256()
    for directory in (Path(isolated_async.__path__[0]), Path(wire.__path__[0]).parent):
        for path in sorted(directory.rglob("*.py")):
            digest.update(f"{path.relative_to(directory)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


#: When this process has loaded it: one that serves many runs may have an older state than its files.
_OUR_CODE = _our_code()


def versions() -> dict[str, str]:
    """Those of this process, of what has to be the same, in the order in which it is told."""
    return {
        "Python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "isolated-async": isolated_async.__version__,
        "pytest": pytest.__version__,
        "the protocol of isolated-async": str(PROTOCOL_VERSION),
        "the code of isolated-async": _OUR_CODE[:12],
    }


def digest_of(path: Path) -> str:
    """The SHA-256 of a file; empty if there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def files_of(items: Iterable[pytest.Item], directory: Path, rootdir: Path) -> list[str]:
    """The files of these tests and the conftests above them, relative to ``directory``."""
    modules = {item.path for item in items}
    above = {parent for path in modules for parent in path.parents if parent == rootdir or rootdir in parent.parents}
    conftests = {path for parent in above if (path := parent / "conftest.py").exists()}
    return sorted(os.path.relpath(path, directory) for path in modules | conftests)


def version_differences(here: dict[str, str], there: dict[str, str]) -> list[str]:
    """Each version that is not the same, in words."""
    return [
        f"{name} is {there.get(name, 'unknown')} there, {version} here"
        for name, version in here.items()
        if there.get(name) != version
    ]


def file_differences(here: dict[str, str], there: dict[str, str]) -> list[str]:
    """The files that are not the same, in words."""
    missing = [name for name in here if not there.get(name)]
    changed = [name for name in here if there.get(name) and there[name] != here[name]]
    return [
        f"{_count(names, 'file')} {what}: {_some(names)}"
        for names, what in ((missing, "missing there"), (changed, "not the same there"))
        if names
    ]


def test_differences(here: list[str], there: list[str], *, may_have_more: bool) -> list[str]:
    """The tests that only one side has collected, in words."""
    only_here = list((Counter(here) - Counter(there)).elements())
    only_there = [] if may_have_more else list((Counter(there) - Counter(here)).elements())
    return [
        f"{_count(names, 'test')} {what}: {_some(names)}"
        for names, what in ((only_here, "not collected there"), (only_there, "collected only there"))
        if names
    ]


def _count(names: list[str], noun: str) -> str:
    return f"{len(names)} {noun}{'' if len(names) == 1 else 's'}"


def _some(names: list[str]) -> str:
    more = f", and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
