"""What a run opens: nothing that another user or another worker could find, listen to or take."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from ..behaviour.conftest import Suite

#: Four tests run at the same time, the first notes what every process of the run has open.
LOOKING_AROUND = """
    import json, os, socket, time
    import pytest

    def opened(pid):
        found = {}
        for number in os.listdir(f"/proc/{pid}/fd"):
            try:
                link = os.readlink(f"/proc/{pid}/fd/{number}")
                status = os.stat(f"/proc/{pid}/fd/{number}")
            except OSError:
                continue
            # Of one kind there may be many: a number tells them apart.
            found[f"{link} {status.st_ino}" if ":" in link and "[" not in link else link] = int(number)
        return found

    def listening():
        found = []
        for name in ("tcp", "tcp6", "udp", "udp6"):
            for line in open(f"/proc/net/{name}").read().splitlines()[1:]:
                found.append([name, line.split()[9]])
        for line in open("/proc/net/unix").read().splitlines()[1:]:
            # A flag says that it accepts connections, an eighth column that it has a name.
            fields = line.split()
            if int(fields[3], 16) & 0x10000 or len(fields) > 7:
                found.append(["unix", fields[6]])
        return found

    def parent(pid):
        return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])

    @pytest.mark.parametrize("number", range(4))
    async def test_a(number, tmp_path):
        (tmp_path / "file").write_text("secret")
        open(f"pid-{os.getpid()}", "w").close()
        while len(pids := [int(name[4:]) for name in os.listdir(".") if name.startswith("pid-")]) < 4:
            time.sleep(0.01)
        if number == 0:
            others, pid = {}, os.getppid()
            host = int(os.environ["REPORT_LOG_PID"])
            while pid != host:
                others[f"parent-{pid}"] = opened(pid)
                pid = parent(pid)
            everything = {**{f"worker-{pid}": opened(pid) for pid in pids}, **others, "host": opened(host)}
            with open("opened.json.new", "w") as file:
                json.dump({"opened": everything, "listening": listening()}, file)
            os.rename("opened.json.new", "opened.json")
        while not os.path.exists("opened.json"):
            time.sleep(0.01)
"""


@pytest.fixture
def directory(any_suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where such a run was made; ``temporary`` is its directory for temporary files, ``runpytest-0`` pytest's own."""
    temporary = any_suite.path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("PYTEST_DEBUG_TEMPROOT", str(temporary))
    any_suite.write(test_a=LOOKING_AROUND)
    run = any_suite.run("--isolated-loop", "--isolated-loop-workers=4", "-o", "tmp_path_retention_policy=all")
    assert run.outcomes == {"passed": 4}, run.stdout
    return any_suite.path


def test_descriptors_sockets_and_files(directory: Path) -> None:
    seen = json.loads((directory / "opened.json").read_text())
    opened: dict[str, dict[str, int]] = seen["opened"]
    workers = [set(files) for name, files in opened.items() if name.startswith("worker-")]
    assert len(workers) == 4
    check_that_nobody_listens(opened, seen["listening"])
    check_that_workers_share_nothing(workers)
    check_what_leads_to_others(opened)
    check_that_only_the_user_reads_files(directory)


def check_that_nobody_listens(opened: dict[str, dict[str, int]], listening: list[list[str]]) -> None:
    ours = {link.rpartition(" ")[2] for files in opened.values() for link in files if link.startswith("socket:")}
    assert ours
    assert [entry for entry in listening if entry[1] in ours] == []


def check_that_workers_share_nothing(workers: list[set[str]]) -> None:
    for number, one in enumerate(workers):
        for other in workers[number + 1 :]:
            shared = {link for link in one & other if link.startswith(("socket:", "pipe:", "/memfd:", "/tmp"))}
            assert shared == set()


def check_what_leads_to_others(opened: dict[str, dict[str, int]]) -> None:
    """No worker has the zygote's socket to the host, nor a handle of another process."""
    of_the_host = set(opened["host"])
    for name, files in opened.items():
        if name.startswith("worker-"):
            assert "anon_inode:[pidfd]" not in files
            above = [other for kind, other in opened.items() if kind.startswith("parent-")]
            control = {link for others in above for link in others if link.startswith("socket:")}
            assert control
            assert control & set(files) == set()
            # With the host: the two pipes of its own live output, and the files that the host reads if it dies.
            shared = sorted(of_the_host & set(files) - {"/dev/null", "anon_inode:[eventpoll]"})
            assert [link.partition(" ")[0].partition(":")[0] for link in shared] == [*["/memfd"] * 3, *["pipe"] * 2], (
                shared
            )


def check_that_only_the_user_reads_files(directory: Path) -> None:
    assert list((directory / "temporary").iterdir()) == []
    basetemp = directory / "runpytest-0"
    cases = list(basetemp.glob("case*"))
    assert len(cases) == 4
    for path in (basetemp, *cases):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
