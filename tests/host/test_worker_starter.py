"""Workers that this process starts by itself, with the job of POSIX: the pipes, the threads and the order of things."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from isolated_async.processes import worker_process
from isolated_async.processes.start_method import FORK_LIMIT_S, StartMethod
from isolated_async.processes.worker_handle import WorkerHandle
from isolated_async.processes.worker_starter import WorkerStarter
from isolated_async_workers.wire.framing import PREAMBLE
from isolated_async_workers.wire.messages import (
    PROTOCOL_VERSION,
    CaseFinished,
    Message,
    StacksDumped,
    WorkerExited,
    WorkerForked,
    WorkerNotForked,
    ZygoteReady,
)
from isolated_async_workers.wire.system import KILL_SIGNAL, unread_bytes

#: Seconds: many times what any of this takes.
PATIENCE_S = 30.0
#: What the script that stands for a worker begins with.
SCRIPT = f"""
import os, subprocess, sys
from isolated_async_workers.wire.framing import encode
from isolated_async_workers.wire.messages import CaseFinished, StacksDumped
print("from the start of the interpreter", flush=True)
os.write(1, {PREAMBLE!r})
"""


@pytest.fixture
def starter() -> Iterator[WorkerStarter]:
    starter = WorkerStarter()
    assert starter.receive() == [ZygoteReady(PROTOCOL_VERSION, None, 1, {}, [])]
    yield starter
    started = time.monotonic()
    assert starter.close() == "was closed"
    assert time.monotonic() - started < PATIENCE_S


def _worker(number: int, script: str) -> WorkerHandle:
    return WorkerHandle(number, StartMethod(FORK_LIMIT_S, command=[sys.executable, "-c", SCRIPT + script]))


def _told(starter: WorkerStarter) -> list[Message]:
    assert select.select([starter.control], [], [], PATIENCE_S)[0]
    return starter.receive() or []


def _read(worker: WorkerHandle) -> list[Message]:
    assert select.select([worker.socket], [], [], PATIENCE_S)[0]
    worker.read()
    return list(worker.messages())


def _wait_until_gone(pid: int) -> None:
    end = time.monotonic() + PATIENCE_S
    with contextlib.suppress(FileNotFoundError):
        while ") Z " not in Path(f"/proc/{pid}/stat").read_text():
            assert time.monotonic() < end
            time.sleep(0.01)


# What the pipe holds, and the socket does not: so the worker can leave; and what both do not.
@pytest.mark.parametrize(("size", "can_leave"), [(60_000, True), (2_000_000, False)])
def test_all_that_a_worker_has_said_is_there_before_its_end_is_told(
    starter: WorkerStarter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, size: int, can_leave: bool
) -> None:
    # Its child may stay in its session for longer, ended and waited for by nobody.
    monkeypatch.setattr(worker_process, "END_LIMIT_S", 0.1)
    # The child holds the pipe open.
    script = """
child = subprocess.Popen(["sleep", "1000"])
sys.stdout.buffer.write(encode(StacksDumped("", str(child.pid), "x" * SIZE)) + encode(CaseFinished()))
sys.stdout.flush()
open(LEFT, "w").close()
os._exit(7)
"""
    left = tmp_path / "left"
    worker = _worker(1, f"SIZE, LEFT = {size}, {str(left)!r}\n{script}")
    worker.remote_socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    starter.ask_for(worker)
    assert _told(starter) == [WorkerForked(1)]
    patient_until = time.monotonic() + PATIENCE_S
    while can_leave and not left.exists():
        assert time.monotonic() < patient_until
        time.sleep(0.01)
    # As long as nobody reads, its end is not told.
    assert not select.select([starter.control], [], [], 0.5)[0]
    said: list[Message] = []
    while not worker.closed:
        said += _read(worker)
    dumped, finished = said
    assert isinstance(dumped, StacksDumped)
    assert len(dumped.text) == size
    assert finished == CaseFinished()
    (end,) = _told(starter)
    assert isinstance(end, WorkerExited)
    assert (end.worker, end.exit_code, end.signal, end.last_words) == (1, 7, None, "")
    _wait_until_gone(int(dumped.place))
    worker.close()


def test_a_worker_reads_what_is_sent_and_the_end_of_it(starter: WorkerStarter) -> None:
    worker = _worker(2, "data = sys.stdin.buffer.read()\nos.write(1, encode(StacksDumped('', '', str(len(data)))))")
    for _ in range(3):
        worker.send(StacksDumped("", "", "y" * 100_000))
    starter.ask_for(worker)
    assert _told(starter) == [WorkerForked(2)]
    worker.note_fork()
    worker.dismiss()
    (told,) = _read(worker)
    assert isinstance(told, StacksDumped)
    assert int(told.text) > 300_000
    assert [type(each) for each in _told(starter)] == [WorkerExited]
    worker.close()


def test_a_worker_is_ended_while_nobody_reads_or_writes(starter: WorkerStarter) -> None:
    endless = "while True:\n    os.write(1, encode(StacksDumped('', '', 'z' * 100_000)))"
    workers = [_worker(3, endless), _worker(4, "import time\ntime.sleep(1000)"), _worker(5, endless)]
    for worker in workers:
        starter.ask_for(worker)
        assert _told(starter) == [WorkerForked(worker.number)]
    assert select.select([workers[0].socket], [], [], PATIENCE_S)[0]
    # What it says fills the pipe and the socket, and it waits.
    before = 0
    while (held := unread_bytes(workers[0].socket.fileno())) > before:
        before = held
        time.sleep(0.2)
    # Its channel is broken: nobody listens to it any more.
    workers[0].closed = True
    for worker in workers[:2]:
        starter.signal(worker.number, KILL_SIGNAL, whole_group=True)
    ended = set[int]()
    while len(ended) < 2:
        ended |= {each.worker for each in _told(starter) if isinstance(each, WorkerExited)}
    assert ended == {3, 4}
    # The third is ended when the starter is closed.
    assert starter.close() == "was closed"
    for worker in workers:
        worker.close()


def test_what_cannot_be_started_is_told(starter: WorkerStarter) -> None:
    worker = WorkerHandle(6, StartMethod(FORK_LIMIT_S, command=[os.path.join(os.sep, "no such program")]))
    starter.ask_for(worker)
    assert _told(starter) == [WorkerNotForked(6, "No such file or directory (errno 2)", unsafe=False)]
    worker.close()
