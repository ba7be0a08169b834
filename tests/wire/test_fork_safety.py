"""What an import has left that a fork would break: found, named, and nothing else."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from _thread import start_new_thread

import freezegun
import pytest

from isolated_async_workers.wire import fork_safety, system, threads
from isolated_async_workers.wire.fork_safety import left_since, traces


@pytest.fixture(autouse=True)
def on_a_slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_LEAVES_WITHIN", 30)


def test_nothing_is_left_by_what_a_fork_does_not_break() -> None:
    before = traces()
    loop = asyncio.new_event_loop()
    file = os.open(os.devnull, os.O_RDONLY)
    assert left_since(before) == ""
    os.close(file)
    loop.close()


def test_a_thread_on_its_way_out_is_nothing() -> None:
    before = traces()
    _end_a_thread_that_python_does_not_count()
    assert left_since(before) == ""


def test_a_thread_on_its_way_out_does_not_keep_from_forking() -> None:
    # A process of its own: that of this test has threads of xdist's.
    source = (
        "from isolated_async_workers.wire import threads\n"
        "threads._LEAVES_WITHIN = 30\n"
        "from test_fork_safety import _end_a_thread_that_python_does_not_count as end\n"
        "end()\n"
        "raise SystemExit(not threads.is_safe_to_fork())\n"
    )
    subprocess.run([sys.executable, "-c", source], cwd=os.path.dirname(__file__), check=True)


def test_threads_are_not_waited_for_by_a_clock_that_a_suite_has_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_LEAVES_WITHIN", 0.01)
    asked = 0

    def count_threads() -> int:
        nonlocal asked
        asked += 1
        # After each time but the last it sleeps for a millisecond.
        assert asked < 1000
        return 2

    monkeypatch.setattr(system, "count_threads", count_threads)
    with freezegun.freeze_time("2024-01-01"):
        assert threads.settled_count(1) == 2


def _end_a_thread_that_python_does_not_count() -> None:
    """So it is with one that was joined: it goes on for a moment."""
    ended = threading.Lock()
    ended.acquire()
    start_new_thread(ended.__enter__, ())
    ended.release()


def test_threads_processes_and_devices_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # No machine of ours has a graphics card.
    monkeypatch.setattr(fork_safety, "_DEVICES", os.devnull)
    before = traces()
    done = threading.Event()
    started = [threading.Thread(target=done.wait, name=f"number {number}") for number in range(4)]
    for thread in started:
        thread.start()
    device = os.open(os.devnull, os.O_RDONLY)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        left = left_since(before)
    finally:
        child.communicate(b"\n")
        done.set()
        os.close(device)
        for thread in started:
            thread.join()
    assert left.startswith("4 threads ('number 0', 'number 1', 'number 2', ...), 1 child process (")
    assert left.endswith(f", {os.devnull} open")
    assert left_since(before) == ""
