"""How many processes the kernel has killed for lack of memory, read from files as the kernel writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from isolated_async.endings import memory_kills
from isolated_async.endings.memory_kills import MemoryKills

VMSTAT = "nr_free_pages 1\noom_kill 3\noom_kill_disable 9\n"
V2 = "low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n"
V1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n"


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A ``/proc`` whose counter is that of the whole machine."""
    proc = tmp_path / "proc"
    (proc / "self").mkdir(parents=True)
    (proc / "vmstat").write_text(VMSTAT)
    monkeypatch.setattr(memory_kills, "_PROC", proc)
    memory_kills._counter.cache_clear()
    yield proc
    memory_kills._counter.cache_clear()


def test_of_the_machine(proc: Path) -> None:
    before = MemoryKills.until_now()
    assert before == MemoryKills(proc / "vmstat", "this machine", 3)
    assert before.since() == 0
    (proc / "vmstat").write_text(VMSTAT.replace("oom_kill 3", "oom_kill 5"))
    assert before.since() == 2


@pytest.mark.parametrize(
    ("group", "mount", "shown_at", "file", "text", "count"),
    [
        ("0::/user/session", "/ {} rw - cgroup2 cgroup2 rw", "user/session", "memory.events", V2, 1),
        # In a container: the mount shows a part of the tree.
        ("0::/pod/box/tests", "/pod/box {} rw shared:1 - cgroup2 cgroup2 rw", "tests", "memory.events", V2, 1),
        ("0::/", "/ {} rw - cgroup2 cgroup2 rw", ".", "memory.events", V2, 1),
        ("4:memory:/box", "/ {} rw - cgroup cgroup rw,memory", "box", "memory.oom_control", V1, 5),
        # Both versions are mounted, and the other has the memory.
        ("0::/box\n4:memory:/box", "/ {} rw - cgroup cgroup rw,memory", "box", "memory.oom_control", V1, 5),
    ],
)
def test_of_the_control_group(
    proc: Path, tmp_path: Path, group: str, mount: str, shown_at: str, file: str, text: str, count: int
) -> None:
    directory = tmp_path / "mounted" / shown_at
    directory.mkdir(parents=True)
    (directory / file).write_text(text)
    (proc / "self/cgroup").write_text(f"9:cpu,cpuacct:/elsewhere\n{group}\n")
    (proc / "self/mountinfo").write_text(
        f"20 1 0:20 / /proc rw - proc proc rw\n30 1 0:26 {mount.format(tmp_path / 'mounted')}\n"
    )
    kills = MemoryKills.until_now()
    assert kills is not None
    assert kills.file.read_text() == text
    assert kills.count == count
    assert kills.scope.startswith("the control group /")


@pytest.mark.parametrize(
    "mount",
    ["/other {} rw - cgroup2 cgroup2 rw", "/ {} rw - cgroup cgroup rw,cpu", "/ {} rw - x x", "{}", "/ {} rw - x"],
)
def test_a_control_group_that_no_mount_shows(proc: Path, tmp_path: Path, mount: str) -> None:
    (proc / "self/cgroup").write_text("0::/box\n4:memory:/box\n")
    (proc / "self/mountinfo").write_text(f"30 1 0:26 {mount.format(tmp_path)}\n")
    kills = MemoryKills.until_now()
    assert kills is not None
    assert kills.scope == "this machine"


def test_a_kernel_that_does_not_count(proc: Path) -> None:
    (proc / "vmstat").write_text("nr_free_pages 1\noom_kill many\n")
    assert MemoryKills.until_now() is None


def test_a_counter_that_goes_away(proc: Path) -> None:
    before = MemoryKills.until_now()
    assert before is not None
    (proc / "vmstat").unlink()
    assert before.since() == 0


def test_the_real_one() -> None:
    kills = MemoryKills.until_now()
    assert kills is None or kills.since() >= 0
