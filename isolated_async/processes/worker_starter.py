"""Starts workers in this very process, where no zygote could hand them what is theirs.

::

    ZygoteWatch ==(a socket to itself)==> WorkerStarter --Popen--> worker 1
                <=WorkerForked, WorkerExited==  `--> WorkerProcess: job, pipes, three threads (worker_process.py)

Guarantees: those of a zygote. ``WorkerExited`` is sent when the worker and all that it has started is gone, and
all that it has said can be read; when the host goes, for whatever reason, nothing is left.
"""

from __future__ import annotations

import contextlib
import threading

from isolated_async_workers.wire.framing import FrameDecoder, encode
from isolated_async_workers.wire.messages import (
    PROTOCOL_VERSION,
    Message,
    WorkerExited,
    WorkerForked,
    WorkerNotForked,
    ZygoteReady,
)
from isolated_async_workers.wire.system import connected_pair

from .worker_handle import WorkerHandle
from .worker_process import WorkerProcess

_READ_BYTES = 64 * 1024


class WorkerStarter:
    """That of one session. All but what its threads tell is called in one thread."""

    def __init__(self) -> None:
        """Raises OSError if this process has no descriptors left."""
        self.control, self._telling = connected_pair()
        self._decoder = FrameDecoder()
        self._processes: dict[int, WorkerProcess] = {}
        # What is told of a worker comes after that it exists.
        self._lock = threading.Lock()
        self._tell(ZygoteReady(PROTOCOL_VERSION, None, 1, {}, []))

    def ask_for(self, worker: WorkerHandle) -> None:
        """Start this worker."""
        with self._lock:
            try:
                self._processes[worker.number] = WorkerProcess(worker, self._exited)
            except (OSError, RuntimeError) as error:
                worker.remote_socket.close()
                reason = f"{error.strerror} (errno {error.errno})" if isinstance(error, OSError) else str(error)
                self._tell(WorkerNotForked(worker.number, reason, unsafe=False))
            else:
                self._tell(WorkerForked(worker.number))

    def signal(self, worker: int, signal_number: int, whole_group: bool) -> None:
        """Ask a worker, or end it with all that it has started."""
        if (process := self._processes.get(worker)) is not None:
            process.signal(signal_number)

    def receive(self) -> list[Message] | None:
        """Wait for what there is to tell."""
        data = self.control.recv(_READ_BYTES)
        return self._decoder.feed(data) if data else None

    def output(self) -> str:
        """Nothing of its own: it is a part of this process."""
        return ""

    def hang_up(self) -> None:
        """Begin to end every worker."""
        for process in list(self._processes.values()):
            process.give_up()

    def forget(self) -> None:
        """Nobody forks a process that has one."""

    def close(self) -> str:
        """End every worker; returns when they are gone."""
        self.hang_up()
        for process in list(self._processes.values()):
            process.join()
        self.control.close()
        with self._lock:
            self._telling.close()
        return "was closed"

    def _exited(self, process: WorkerProcess, end: WorkerExited) -> None:
        with self._lock:
            self._processes.pop(end.worker, None)
            self._tell(end)

    def _tell(self, message: Message) -> None:
        # Closed: the session is over.
        with contextlib.suppress(OSError):
            self._telling.sendall(encode(message))
