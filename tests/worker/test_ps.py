"""What ``ps`` tells of processes, where /proc does not: it runs here as it does on macOS."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from isolated_async_workers.system import _ps, children, command_of, has_ended

SLEEP = ["sleep", "1000"]


def test_children_and_their_commands_are_what_proc_says() -> None:
    with subprocess.Popen(SLEEP) as running, subprocess.Popen(["true"]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        try:
            assert _ps.children_of(os.getpid()) == children()
            assert {running.pid, ended.pid} <= children()
            for pid in (running.pid, ended.pid):
                ((state,),) = _ps.list_processes("state", pid=pid)
                assert (state == "Z") == has_ended(pid) == (pid == ended.pid)
            assert _ps.list_processes("args", pid=running.pid) == [[command_of(running.pid)]] == [["sleep 1000"]]
        finally:
            running.kill()
    assert _ps.list_processes("state", pid=running.pid) == []


def test_a_command_is_not_cut_off() -> None:
    long = "x" * 5000
    with subprocess.Popen([sys.executable, "-c", "input()", long], stdin=subprocess.PIPE) as process:
        ((command,),) = _ps.list_processes("args", pid=process.pid)
        assert command.endswith(f" input() {long}")
        process.communicate(b"\n")


def test_a_session_is_all_that_has_not_left_it() -> None:
    started = """
import os, subprocess, sys
pids = [subprocess.Popen(["sleep", "1000"], **how).pid for how in ({}, {"preexec_fn": os.setpgrp})]
outside = subprocess.Popen(["sleep", "1000"], start_new_session=True).pid
print(*pids, outside, flush=True)
sys.stdin.read()
"""
    leader = subprocess.Popen(
        [sys.executable, "-c", started],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert leader.stdin is not None
    assert leader.stdout is not None
    *inside, outside = map(int, leader.stdout.readline().split())
    try:
        assert _ps.members_of_session(leader.pid) == {*inside}
        leader.stdin.close()
        leader.stdout.close()
        leader.wait()
        # Its end changes nothing: this is how what it leaves behind is found.
        assert _ps.members_of_session(leader.pid) == {*inside}
    finally:
        for pid in (*inside, outside):
            os.kill(pid, signal.SIGKILL)


def test_without_ps_there_is_an_error_and_no_descriptor_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ps, "_PS", "/no/such/ps")
    before = os.listdir("/proc/self/fd")
    with pytest.raises(FileNotFoundError):
        _ps.children_of(os.getpid())
    assert os.listdir("/proc/self/fd") == before
