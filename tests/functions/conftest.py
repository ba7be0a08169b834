"""Functions run in real processes; no thread and no process of theirs outlives the module that has tested them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from isolated_async.functions import dispatcher

from ..behaviour.conftest import suite

__all__ = ["suite"]

#: Seconds for what takes milliseconds, on a machine that has other things to do.
PATIENCE_S = 30.0


@pytest.fixture(scope="module", autouse=True)
def _nothing_stays_warm() -> Iterator[None]:
    """Other tests of this process must be able to fork it."""
    yield
    dispatcher._close_all()
    assert set() == dispatcher._LIVE


@pytest.fixture
def run_script(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a script as a user would, in a directory of its own, to its end."""

    def run(source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "script.py"
        path.write_text(source)
        command = [sys.executable, str(path), *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    return run


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for something that comes soon."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """True unless it has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def descendants() -> set[int]:
    """Every process that this one, or one that it has started, has started."""
    found: set[int] = set()
    waiting = [os.getpid()]
    while waiting:
        for listing in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            try:
                children = {int(pid) for pid in listing.read_text().split()}
            except OSError:
                continue
            waiting.extend(children - found)
            found |= children
    return found
