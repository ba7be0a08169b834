"""Zygotes for functions that hang or lie: a named error within a bounded time, and nothing is left."""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from isolated_async import CouldNotStart, IsolatedError, IsolatedPool, IsolatedTimeout
from isolated_async.functions import calls_in_flight, function_zygote, running_call
from isolated_async.functions.options import CallOptions
from isolated_async.functions.running_call import Call, RunningCall
from isolated_async.processes import zygote_handle
from isolated_async.processes.start_method import FORK_LIMIT_S, StartMethod
from isolated_async.processes.worker_handle import WorkerHandle
from isolated_async_workers.wire.framing import encode
from isolated_async_workers.wire.messages import CallReturned, StageStarted

from .conftest import descendants, is_alive


@pytest.fixture(autouse=True)
def _short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_zygote, "FORK_LIMIT_S", 0.5)
    monkeypatch.setattr(zygote_handle, "LEAVE_GRACE_S", 0.2)
    monkeypatch.setattr(running_call, "LEAVE_LIMIT_S", 0.2)


def test_an_interpreter_that_never_gets_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = descendants()
    hangs = tmp_path / "hangs"
    hangs.write_text("#!/bin/sh\nexec sleep 1000\n")
    hangs.chmod(hangs.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(hangs))
    with IsolatedPool(1) as pool:
        with pytest.raises(
            CouldNotStart, match=r"getpid: the process that forks for functions was not ready after 0\.5 s"
        ):
            pool.run(os.getpid)
        assert descendants() == before


def test_a_zygote_that_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_zygote, "FORK_LIMIT_S", 60)
    before = descendants()
    with IsolatedPool(1) as pool:
        zygote = pool.run(os.getppid)
        os.kill(zygote, signal.SIGSTOP)
        while _state_of(zygote) != "T":
            time.sleep(0.001)
        monkeypatch.setattr(running_call, "FORK_LIMIT_S", 0.5)
        with pytest.raises(IsolatedTimeout, match="the process of getpid did not begin"):
            pool.run(os.getpid)
        assert not is_alive(zygote)
        monkeypatch.setattr(running_call, "FORK_LIMIT_S", 60)
        assert pool.run(os.getppid) != zygote
    assert descendants() == before


def _state_of(pid: int) -> str:
    """As proc(5) has it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


def test_a_mistake_of_ours_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_zygote, "FORK_LIMIT_S", 60)
    before = descendants()
    with IsolatedPool(1) as pool:
        pool.run(os.getpid)
        monkeypatch.setattr(calls_in_flight.CallsInFlight, "_start", lambda *_: 1 / 0)
        with pool._dispatcher._at_work:  # Its thread notices when both are there.
            running, waiting = pool.submit(os.getpid), pool.submit(os.getpid)
        for future in (running, waiting):
            with pytest.raises(IsolatedError, match="internal error of isolated-async; please report it") as caught:
                future.result(timeout=30)
            assert "ZeroDivisionError" in str(caught.value)
        with pytest.raises(IsolatedError, match="internal error of isolated-async; please report it"):
            pool.submit(os.getpid)
        assert descendants() == before


def test_an_answer_that_has_arrived_counts_where_the_zygote_is_lost() -> None:
    worker = WorkerHandle(1, StartMethod(FORK_LIMIT_S))
    zygote: Any = None
    request: Any = None
    call = Call("name", request, CallOptions(None, "fork", None), lambda ended: None)
    running = RunningCall(call, zygote, worker)
    answer = CallReturned("pickled", "")
    worker.remote_socket.sendall(encode(StageStarted("call")) + encode(answer))
    assert running.lost("the zygote was killed").answer == answer
    worker.close_remote_ends()
    worker.close()


def test_a_call_for_which_the_zygote_cannot_be_asked_could_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_zygote, "FORK_LIMIT_S", 60)
    with IsolatedPool(1) as pool:
        pool.run(os.getpid)
        with monkeypatch.context() as patches:
            patches.setattr(function_zygote.FunctionZygote, "ask_for", _too_many_references)
            with pytest.raises(CouldNotStart, match=os.strerror(errno.ETOOMANYREFS)):
                pool.run(os.getpid)
        pool.run(os.getpid)


def test_a_fresh_interpreter_that_cannot_be_asked_is_ended_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = descendants()
    with IsolatedPool(1, start="spawn") as pool:
        with monkeypatch.context() as patches:
            patches.setattr(function_zygote.FunctionZygote, "ask_for", _too_many_references)
            with pytest.raises(CouldNotStart, match=os.strerror(errno.ETOOMANYREFS)):
                pool.run(os.getpid)
        assert descendants() == before


def _too_many_references(_: object, worker: WorkerHandle) -> None:
    worker.close_remote_ends()
    raise OSError(errno.ETOOMANYREFS, os.strerror(errno.ETOOMANYREFS))
