"""What an import has left that a fork would break: found, named, and nothing else."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading

import pytest

from isolated_async_workers.wire import fork_safety
from isolated_async_workers.wire.fork_safety import left_since, traces


def test_nothing_is_left_by_what_a_fork_does_not_break() -> None:
    before = traces()
    loop = asyncio.new_event_loop()
    file = os.open(os.devnull, os.O_RDONLY)
    assert left_since(before) == ""
    os.close(file)
    loop.close()


def test_threads_processes_and_devices_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # No machine of ours has a graphics card.
    monkeypatch.setattr(fork_safety, "_DEVICES", os.devnull)
    before = traces()
    done = threading.Event()
    threads = [threading.Thread(target=done.wait, name=f"number {number}") for number in range(4)]
    for thread in threads:
        thread.start()
    device = os.open(os.devnull, os.O_RDONLY)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        left = left_since(before)
    finally:
        child.communicate(b"\n")
        done.set()
        os.close(device)
        for thread in threads:
            thread.join()
    assert left.startswith("4 threads ('number 0', 'number 1', 'number 2', ...), 1 child process (")
    assert left.endswith(f", {os.devnull} open")
    assert left_since(before) == ""
