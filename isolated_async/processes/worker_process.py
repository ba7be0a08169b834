"""One worker that this process has started: its pipes, which are its channel, its job, and its end.

::

    WorkerHandle.socket <==> remote_socket --thread--> standard input  --> worker
                                           <--thread-- standard output <--
    names of files, the page --command line-->
                                              thread: its end --> end the job --> all of it is gone --> WorkerExited

The threads block where the other side does not read, so that no more than a few pipes' contents are held; they end with
the worker, or when they are given up, and keep nobody from ending.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
from collections.abc import Callable

from isolated_async_workers.wire.framing import PREAMBLE
from isolated_async_workers.wire.messages import WorkerExited
from isolated_async_workers.wire.shared_page import SharedPage, make_page
from isolated_async_workers.wire.system import DUMP_SIGNAL, INTERRUPT_SIGNAL, LOOK_SIGNAL, open_shared_file

from .. import clock
from .system import Job, own_interpreter, start_options
from .worker_handle import WorkerHandle

_READ_BYTES = 64 * 1024
#: Seconds after which a thread that moves data looks whether it is given up.
_LOOK_UP_S = 0.2
#: Seconds between two looks at what still runs of a job that was ended.
_POLL_S = 0.002
#: Seconds in which Windows ends what is in a job: milliseconds, unless a driver holds on to a process.
END_LIMIT_S = 5.0
#: Much more than the start of an interpreter prints.
_MOST_BEFORE_PREAMBLE = 1024 * 1024


class WorkerProcess:
    """Started with what ``worker`` has for it; ``on_end`` is called in a thread, once, when nothing of it is left."""

    def __init__(self, worker: WorkerHandle, on_end: Callable[[WorkerProcess, WorkerExited], None]) -> None:
        """Raises OSError or RuntimeError, and leaves nothing running, if there is no process or no thread for it."""
        assert worker.method.command is not None
        self._worker = worker
        self._on_end = on_end
        self._is_given_up = False
        self._socket = worker.remote_socket
        self._socket.settimeout(_LOOK_UP_S)
        with contextlib.ExitStack() as opened:
            # Open until the end: the worker opens it by its name.
            self._page_file, page_name = open_shared_file("last-words")
            opened.callback(os.close, self._page_file)
            make_page(self._page_file)
            self._page = SharedPage(self._page_file)
            opened.callback(self._page.close)
            self._process = subprocess.Popen(
                [*own_interpreter(worker.method.command), str(worker.number), page_name, *worker.files.names],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # What is printed before pytest captures is shown if that was the end.
                stderr=worker.descriptors.captured_stderr,
                **start_options(),
            )
            opened.callback(self._discard_process)
            # Before the worker gets its first message, and with that anything to run.
            self._job = Job(self._process.pid)
            opened.callback(self._job.close)
            self._outwards = self._start(self._move_out)
            self._inwards = self._start(self._move_in)
            self._waiting = self._start(self._wait)
            opened.pop_all()

    def signal(self, signal_number: int) -> None:
        """Ask it, by one of the three signals that are questions; by any other one all of it is ended."""
        if signal_number not in (DUMP_SIGNAL, INTERRUPT_SIGNAL, LOOK_SIGNAL):
            self._job.kill()
        elif signal_number == LOOK_SIGNAL and self._job.count() > 1:
            return  # What it has started would hear of the question, and may end.
        elif self._process.poll() is None:
            with contextlib.suppress(ValueError):  # It has just ended, and the page is closed.
                self._page.ask(signal_number)
            self._job.ask(signal_number)

    def give_up(self) -> None:
        """End it; what it has still to say does not count."""
        self._is_given_up = True
        self._job.kill()

    def join(self) -> None:
        """Wait until nothing of it is left; it was given up."""
        self._worker.dismiss()
        self._waiting.join(END_LIMIT_S * 2)

    def _start(self, target: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=target, name=f"isolated-async worker {self._worker.number}", daemon=True)
        thread.start()
        return thread

    def _discard_process(self) -> None:
        self._process.kill()
        self._process.wait()
        self._close_pipes()

    # The threads.

    def _move_in(self) -> None:
        """What the host says; the end of it is the end of the worker's input.

        It is read to its end also if the worker has ended: a socket that is closed with something unread in it takes
        back what the other side has not read yet.
        """
        assert self._process.stdin is not None
        takes_more = True
        while data := self._received():
            try:
                left = memoryview(data if takes_more else b"")
                while left:
                    left = left[self._process.stdin.write(left) :]
            except OSError:
                takes_more = False
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def _move_out(self) -> None:
        """What the worker says, from where it begins to; the end of it is the end of the host's input."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        with contextlib.suppress(OSError):
            data = b""
            while PREAMBLE not in data and len(data) < _MOST_BEFORE_PREAMBLE:
                if not (more := os.read(descriptor, _READ_BYTES)):
                    break
                data += more
            data = data.partition(PREAMBLE)[2]
            self._send(data)
            while data := os.read(descriptor, _READ_BYTES):
                self._send(data)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def _wait(self) -> None:
        status = self._process.wait()
        self._job.kill()
        until = clock.now() + END_LIMIT_S
        while self._job.count() and clock.now() < until:
            clock.sleep(_POLL_S)
        # Nobody writes any more: what is on its way is the rest. The host may have to take in something else first.
        while self._outwards.is_alive() and not (self._is_given_up or self._worker.closed):
            self._outwards.join(_LOOK_UP_S)
        end = WorkerExited(self._worker.number, status, None, self._job.peak_bytes(), self._page.read())
        self._on_end(self, end)
        # The host closes its end when it has heard of that.
        self._inwards.join()
        self._is_given_up = True
        self._outwards.join()
        self._close()

    def _received(self) -> bytes:
        while not self._is_given_up:
            try:
                return self._socket.recv(_READ_BYTES)
            except TimeoutError:
                continue
            except ConnectionError:
                break
        return b""

    def _send(self, data: bytes) -> None:
        left = memoryview(data)
        while left and not self._is_given_up:
            try:
                left = left[self._socket.send(left) :]
            except TimeoutError:
                continue

    def _close(self) -> None:
        self._close_pipes()
        self._socket.close()
        self._job.close()
        self._page.close()
        os.close(self._page_file)

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()
