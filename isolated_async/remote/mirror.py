"""One worker of another machine, as the agent holds it: everything of it is sent on to the host's own handle.

::

    host's WorkerHandle <== relay <==Chunk, Remains== Mirror <==(socket, pipes, files)== worker
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from isolated_async_workers.wire.framing import encode
from isolated_async_workers.wire.messages import WorkerExited
from isolated_async_workers.wire.system import READABLE, WRITABLE, read_at

from ..processes.worker_handle import WorkerHandle
from .items import CAPTURED_STDERR, CAPTURED_STDOUT, CRASH, SOCKET, STDERR, STDOUT, Chunk, Control, Remains, Taken
from .link import Link
from .streams import Inflow, Outflow

#: Of a file of a dead worker at most so many bytes are sent: as many as a report shows.
_MAX_SENT_BYTES = 1024 * 1024


class Mirror:
    """Reads everything that the worker has said, and writes what the host says to it."""

    def __init__(self, link: Link, handle: WorkerHandle) -> None:
        self._link = link
        self._handle = handle
        socket = handle.socket.fileno()
        self._inflow = Inflow(link, handle.number, SOCKET, socket)
        self._socket = Outflow(link, handle.number, SOCKET, socket)
        self._live = [
            Outflow(link, handle.number, STDOUT, handle.files.live[1]),
            Outflow(link, handle.number, STDERR, handle.files.live[2]),
        ]
        self._outflows = dict(zip((SOCKET, STDOUT, STDERR), (self._socket, *self._live), strict=True))
        #: What the worker had printed when it said what was read of its socket last: how much of each stream; None when
        #: that is sent.
        self._printed_before: list[int] | None = None
        self._crash_sent = 0
        self._exited: WorkerExited | None = None

    def note_fork(self) -> None:
        """There is a process: it reads what it has to load."""
        self._handle.note_fork()

    def interests(self) -> Iterator[tuple[int, int]]:
        """What to wait for: descriptors, and events of ``poll``."""
        for outflow in self._live:
            if outflow.wants_to_read:
                yield outflow.descriptor, READABLE
        reads = self._socket.wants_to_read and self._printed_before is None
        events = (READABLE if reads else 0) | (WRITABLE if self._inflow.wants_to_write else 0)
        if events:
            yield self._socket.descriptor, events

    def move(self, ready: set[int]) -> None:
        """Read and write what is possible."""
        if any(outflow.descriptor in ready for outflow in self._outflows.values()):
            self._inflow.write()
            for outflow in self._live:
                outflow.read()
            self._read_socket()

    def _read_socket(self) -> None:
        """What was printed before a report was sent belongs before it, and so does what faulthandler wrote."""
        while self._printed_before is not None or self._socket.pull():
            if self._printed_before is None:
                self._printed_before = [outflow.count + outflow.unread for outflow in self._live]
                for outflow in self._live:
                    outflow.read()
            sent = [outflow.is_over or outflow.count for outflow in self._live]
            if any(each is not True and each < before for each, before in zip(sent, self._printed_before, strict=True)):
                return
            self._printed_before = None
            self._send_crash()
            self._socket.push()

    def take(self, item: Chunk | Taken) -> None:
        """What the relay has sent about this worker."""
        match item:
            case Chunk(_, _, data):
                self._inflow.take(data)
            case Taken(_, stream, count):
                self._outflows[stream].taken(count)
                # A stream that waited for that may have more, and the socket may wait for the stream.
                for outflow in self._live:
                    outflow.read()
                self._read_socket()

    def end(self, status: WorkerExited) -> None:
        """The worker is gone: say so when everything else is said."""
        self._exited = status

    def send_end(self) -> bool:
        """If the worker is gone, send what is left of it; True when that is all."""
        if self._exited is None:
            return False
        self.send_rest()
        if not all(outflow.is_over for outflow in self._outflows.values()):
            return False
        files = self._handle.descriptors
        for stream, file in ((CAPTURED_STDOUT, files.captured_stdout), (CAPTURED_STDERR, files.captured_stderr)):
            size = os.fstat(file).st_size
            if size:
                tail = read_at(file, _MAX_SENT_BYTES, max(0, size - _MAX_SENT_BYTES))
                self._link.send(Remains(self._handle.number, stream, size, tail))
        self._link.send(Control(encode(self._exited)))
        return True

    def send_rest(self) -> None:
        """The worker is gone: send what it has said, as far as the relay takes it."""
        for outflow in self._live:
            outflow.finish()
        self._read_socket()
        if self._printed_before is None and all(outflow.is_over for outflow in self._live):
            self._send_crash()
            self._socket.finish()

    def close(self) -> None:
        self._handle.close()

    def _send_crash(self) -> None:
        file = self._handle.descriptors.crash
        size = os.fstat(file).st_size
        if size > self._crash_sent:
            start = max(self._crash_sent, size - _MAX_SENT_BYTES)
            self._link.send(Chunk(self._handle.number, CRASH, read_at(file, size - start, start)))
            self._crash_sent = size
