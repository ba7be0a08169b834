"""The code for other systems than Linux, as far as it runs on Linux: see other_systems.py."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from .conftest import Suite
from .other_systems import ANOTHER, MACOS, WINDOWS
from .test_end_of_run import PATIENCE_S, _alive, _assert_gone, _pids, _processes_in

#: Ends, one way or another, of workers that have left processes in every group but no session of their own.
FATES = """
    import asyncio, os, signal, subprocess, sys, threading, time

    # A reason not to fork, where anything is forked.
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()

    def note(pid):
        with open("pids", "a") as file:
            file.write(f"{pid}\\n")

    def leave_processes():
        note(os.getpid())
        note(subprocess.Popen(["sleep", "1000"]).pid)
        note(subprocess.Popen(["sleep", "1000"], process_group=0).pid)

    async def test_passes(tmp_path):
        assert asyncio.get_running_loop().is_running()
        assert not hasattr(os, "memfd_create") and "fork" not in sys.argv

    async def test_fails():
        print("said by it")
        assert 0

    async def test_leaks():
        leave_processes()

    async def test_is_killed():
        leave_processes()
        os.kill(os.getpid(), signal.SIGKILL)

    async def test_hangs():
        leave_processes()
        await asyncio.sleep(1000)

    def test_those_in_its_group_are_gone():
        for pid in open("pids").read().split()[1::3]:
            while os.path.exists(f"/proc/{pid}") and ") Z " not in open(f"/proc/{pid}/stat").read():
                time.sleep(0.01)
"""

needs_process_group = pytest.mark.skipif(sys.version_info < (3, 11), reason="Popen(process_group=...)")


@pytest.mark.variants
@needs_process_group
def test_as_on_macos(suite: Suite) -> None:
    suite.write(sitecustomize=MACOS, test_a=FATES)
    run = suite.run("--isolated-loop-mode=all", "--isolated-loop-timeout=3")
    assert "start method spawn, 3 s per stage" in run.stdout
    assert "not forked" not in run.stdout
    assert run.outcomes == {"passed": 3, "failed": 3, "warnings": 2}, run.stdout
    assert "killed by SIGKILL" in run.text_of("test_is_killed")
    hung = run.text_of("test_hangs")
    assert "Timeout: call took longer than 3 s" in hung
    assert "await asyncio.sleep(1000)" in hung
    # Ps has told of them, and only of those that ran.
    assert run.stdout.count("child process `sleep 1000`") == 2
    assert len(_pids(suite.path)) == 9
    _assert_gone(_pids(suite.path))
    assert not _processes_in(suite.path)


@pytest.mark.variants
@needs_process_group
@pytest.mark.parametrize("victim", ["host", "zygote"])
def test_as_on_macos_when_the_host_or_the_zygote_is_killed(suite: Suite, victim: str) -> None:
    suite.write(sitecustomize=MACOS, test_a=FATES)
    host = suite.start("--isolated-loop", "-k", "hangs")
    end = time.monotonic() + PATIENCE_S * 2
    while len(_pids(suite.path)) < 3:
        assert time.monotonic() < end
        time.sleep(0.02)
    involved = {*_pids(suite.path), *_processes_in(suite.path)}
    worker = _pids(suite.path)[0]
    killed = host.pid if victim == "host" else _parent(worker)
    _kill(killed)
    _assert_gone([pid for pid in involved if pid != host.pid])
    output = host.communicate(timeout=60)[0]
    if victim == "zygote":
        assert "the process that forks the workers was killed by SIGKILL" in output


def _parent(pid: int) -> int:
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


def _kill(pid: int) -> None:
    assert _alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_forks_are_refused_as_on_macos(suite: Suite) -> None:
    suite.write(
        sitecustomize=MACOS,
        test_a="""
            import isolated_async

            @isolated_async.isolated_loop(start="fork")
            def test_a():
                open("ran", "w")
        """,
    )
    why = "(on macOS the system's libraries may crash in a forked process)"
    of_option = suite.run("--isolated-loop-start=fork")
    assert of_option.result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"invalid value 'fork'; allowed: one of auto, spawn {why}" in of_option.stderr
    of_marker = suite.run()
    assert of_marker.result.ret == pytest.ExitCode.USAGE_ERROR
    assert "got start='fork'" in of_marker.stderr
    assert f"start='spawn' {why}" in of_marker.stderr
    assert not (suite.path / "ran").exists()


def test_what_there_is_not_on_windows_is_said(suite: Suite) -> None:
    suite.write(
        sitecustomize=WINDOWS,
        test_a="""
            import isolated_async

            @isolated_async.isolated_loop
            async def test_a():
                breakpoint()
        """,
    )
    debugger = suite.run()
    assert debugger.outcomes == {"failed": 1}
    assert "on Windows no descriptor is handed to another process" in debugger.text_of("test_a")
    assert "with --isolated-loop-mode=off it is opened in this process" in debugger.text_of("test_a")
    fork = suite.run("--isolated-loop-start=fork")
    assert "invalid value 'fork'; allowed: one of auto, spawn (there is no fork on Windows)" in fork.stderr
    machine = suite.run("--isolated-loop-tx=popen")
    assert machine.stderr.startswith(
        "ERROR: --isolated-loop-tx: no other machine can be reached from here (on Windows "
    )
    for run in (fork, machine):
        assert run.result.ret == pytest.ExitCode.USAGE_ERROR
        assert run.reports == []


def test_isolation_is_refused_where_there_is_none_and_all_else_runs(suite: Suite) -> None:
    suite.write(sitecustomize=ANOTHER, test_a="import asyncio\ndef test_a():\n    asyncio.run(asyncio.sleep(0))")
    assert suite.run().outcomes == {"passed": 1}
    refused = suite.run("--isolated-loop-mode=all", "--isolated-loop-workers=auto")
    assert refused.result.ret == pytest.ExitCode.USAGE_ERROR
    assert refused.reports == []
    assert "ERROR: isolation needs Linux 5.3 or later, macOS, or Windows; this is sunos5, " in refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr
    assert "INTERNALERROR" not in refused.stdout + refused.stderr


IMPORT_EVERYTHING = """
import importlib, pkgutil

imported = []
for package in ("isolated_async", "isolated_async_workers"):
    path = importlib.import_module(package).__path__
    for module in pkgutil.walk_packages(path, f"{package}."):
        if module.name.rpartition(".")[2] not in ("_linux", "_macos", "_posix", "_ps"):
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError as error:
                # The extra "report" need not be installed.
                if error.name not in ("altair", "jinja2", "markupsafe", "rich"):
                    raise
            imported.append(module.name)
print("isolated_async_workers.worker" in imported, "isolated_async.host" in imported)
"""


def test_every_module_can_be_imported_as_on_windows(suite: Suite) -> None:
    suite.write(sitecustomize=WINDOWS, imports=IMPORT_EVERYTHING)
    imports = suite.run_script(suite.path / "imports.py", suite.path)
    assert imports.stdout == "True True\n"


FUNCTIONS = """
import os
from isolated_async import run_isolated

def who():
    return os.getpid(), os.getppid()

async def main():
    return who()

pid, parent = run_isolated(main)
assert pid != os.getpid() != parent
try:
    run_isolated(who, start="fork")
except ValueError as error:
    print(error)
"""


def test_functions_are_spawned_as_on_macos(suite: Suite) -> None:
    suite.write(sitecustomize=MACOS, functions=FUNCTIONS)
    ran = suite.run_script(suite.path / "functions.py", suite.path)
    assert ran.stdout == (
        "run_isolated got start='fork'; allowed: 'spawn' or None (on macOS the system's libraries may crash in a "
        "forked process)\n"
    )
