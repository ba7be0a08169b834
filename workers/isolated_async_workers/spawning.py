"""How a zygote starts a worker as a fresh interpreter: see spawned_worker.py, which is what runs there."""

from __future__ import annotations

import os
import subprocess

from .wire.descriptors import WorkerDescriptors
from .wire.shared_page import SharedPage, new_page_file


def spawn_worker(command: list[str], worker: int, descriptors: WorkerDescriptors) -> tuple[int, SharedPage]:
    """Its process id and the page of its last words. Raises OSError if there is no process, or no descriptor for it."""
    page_file = new_page_file()
    try:
        page = SharedPage(page_file)
        numbers = [str(number) for number in (os.getpid(), worker, page_file, *descriptors)]
        process = subprocess.Popen(
            [*command, *numbers],
            stdin=subprocess.DEVNULL,
            # What is printed before pytest captures is shown if that was the end.
            stdout=descriptors.captured_stdout,
            stderr=descriptors.captured_stderr,
            pass_fds=[page_file, *descriptors],
        )
    finally:
        os.close(page_file)
    process.returncode = 0  # Reaped by the zygote, not by Popen.
    return process.pid, page
