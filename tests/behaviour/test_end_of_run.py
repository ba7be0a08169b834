"""After a run, however it ends, no process of ours or of the tests' is alive and no file is left behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from .conftest import Suite

#: Seconds within which everything must be gone: the kernel's work, on a busy machine.
PATIENCE_S = 15.0

#: Tests that start every kind of descendant and hang or end.
DESCENDANTS = """
    import os, subprocess, sys, time
    import pytest

    def note(pid):
        with open("pids", "a") as file:
            file.write(f"{pid}\\n")

    def descendants():
        note(os.getpid())
        note(subprocess.Popen(["sleep", "1000"]).pid)
        note(subprocess.Popen(["sleep", "1000"], start_new_session=True).pid)
        if os.fork() == 0:
            # A daemon: its parent is gone, and it has left the group and the session.
            os.setsid()
            if os.fork() == 0:
                note(os.getpid())
                os.execvp("sleep", ["sleep", "1000"])
            os._exit(0)
        os.wait()

    async def test_leaves_processes():
        descendants()
        while len(open("pids").read().split()) < 4:
            time.sleep(0.01)
        END
"""


def _pids(directory: Path) -> list[int]:
    path = directory / "pids"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _assert_gone(pids: list[int]) -> None:
    end = time.monotonic() + PATIENCE_S
    while alive := [pid for pid in pids if _alive(pid)]:
        assert time.monotonic() < end, f"still alive: {alive}"
        time.sleep(0.02)


def _processes_in(directory: Path) -> list[int]:
    """Every process whose current directory this is: the host, its zygote, their workers."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if (entry / "cwd").resolve() == directory.resolve():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.mark.parametrize("end", ["pass", "os._exit(3)", "assert 0", "time.sleep(1000)"])
def test_descendants_of_a_test_end_with_it(any_suite: Suite, end: str) -> None:
    any_suite.write(
        test_a=DESCENDANTS.replace("END", end)
        + """
    def test_they_are_gone_before_the_next_test():
        for pid in open("pids").read().split():
            assert not os.path.exists(f"/proc/{pid}"), open(f"/proc/{pid}/stat").read()
    """
    )
    run = any_suite.run("--isolated-loop", "--isolated-loop-timeout=2")
    assert run.outcome_of("before_the_next_test")["call"] == "passed", run.stdout
    pids = _pids(any_suite.path)
    assert len(pids) == 4
    _assert_gone(pids)


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_the_host_is_stopped(any_suite: Suite, signal_number: signal.Signals) -> None:
    any_suite.write(test_a=DESCENDANTS.replace("END", "time.sleep(1000)"))
    host = any_suite.start("--isolated-loop")
    end = time.monotonic() + 60
    while len(_pids(any_suite.path)) < 4:
        assert time.monotonic() < end
        time.sleep(0.02)
    involved = {*_pids(any_suite.path), *_processes_in(any_suite.path)}
    assert len(involved) >= 6  # host, zygote, worker, and what the test started
    host.send_signal(signal_number)
    output = host.communicate(timeout=60)[0]
    _assert_gone([pid for pid in involved if pid != host.pid])
    if signal_number == signal.SIGINT:
        assert host.returncode == pytest.ExitCode.INTERRUPTED
        assert "KeyboardInterrupt" in output
    else:
        assert host.returncode == -signal_number


def test_no_file_and_no_descriptor_is_left(any_suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTEST_DEBUG_TEMPROOT", str(tmp_path))
    any_suite.write(
        test_a="""
            import os
            import pytest

            def descriptors():
                return sorted(os.listdir("/proc/self/fd"), key=int)

            def test_first_in_host(pytestconfig):
                pytestconfig.before = descriptors()

            @pytest.mark.parametrize("number", range(20))
            async def test_many(number):
                assert number != 7
                if number == 9:
                    os.abort()

            def test_last_in_host(pytestconfig):
                # Each worker has six: between the two tests there may be one more spare, and one that only leaves.
                assert len(descriptors()) <= len(pytestconfig.before) + 12
        """
    )
    run = any_suite.run("--isolated-loop", "--tb=no")
    assert run.outcomes == {"passed": 20, "failed": 2}
    left = [path for path in tmp_path.iterdir() if not path.name.startswith("pytest-of-")]
    assert left == []


def test_children_that_the_suite_starts_at_import_live_as_long_as_the_run(any_suite: Suite) -> None:
    any_suite.write(
        conftest="""
            import subprocess

            helper = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            open("pids", "a").write(f"{helper.pid}\\n")
        """,
        test_a="""
            import pytest
            import conftest

            @pytest.mark.parametrize("number", range(3))
            async def test_uses_it(number):
                conftest.helper.stdin.write(b"x\\n")
                conftest.helper.stdin.flush()
                assert conftest.helper.stdout.readline() == b"x\\n"
        """,
    )
    run = any_suite.run("--isolated-loop", "-W", "ignore")
    assert run.outcomes == {"passed": 3}, run.stdout
    _assert_gone(_pids(any_suite.path))
