"""The bytes of one worker on their way between two machines, stream by stream, in bounded amounts.

::

    descriptor --Outflow--Chunk--> Link ==> Link --Inflow--> descriptor
                    ^--------------Taken <== Taken----'

Guarantee: of no stream are more than ``WINDOW_BYTES`` under way, or kept for a reader that does not read. Who writes
more waits, as it would on one machine.
"""

from __future__ import annotations

import os
import socket
from collections import deque

from isolated_async_workers.wire.system import set_blocking, unread_bytes

from .items import SOCKET, Chunk, Taken
from .link import Link

#: Of a stream, bytes that may be under way: some ten reports, and a second of a slow network.
WINDOW_BYTES = 256 * 1024
_READ_BYTES = 64 * 1024


class Outflow:
    """Reads a descriptor, and sends what it reads."""

    def __init__(self, link: Link, worker: int, stream: int, descriptor: int, *, reads_ahead: bool = False) -> None:
        """With ``reads_ahead`` nobody who writes has to wait: the host keeps what it sends in memory anyway."""
        self._link = link
        self._worker = worker
        self._stream = stream
        self.descriptor = descriptor
        self._reads_ahead = reads_ahead
        self._waiting: deque[bytes] = deque()
        self._under_way = 0
        #: Bytes that it has read so far.
        self.count = 0
        #: True when nothing more will come of the descriptor.
        self.is_over = False
        set_blocking(descriptor, False)

    @property
    def wants_to_read(self) -> bool:
        """True if it has room for more."""
        return not self.is_over and (self._reads_ahead or self._under_way < WINDOW_BYTES)

    def read(self) -> None:
        """Take in what is there, and send it."""
        while self.pull():
            self.push()

    def pull(self) -> bool:
        """Read one block, which :meth:`push` sends; False if there is none, or no room for it."""
        if not self.wants_to_read:
            return False
        try:
            data = os.read(self.descriptor, _READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        self._add(data)
        return True

    def push(self) -> None:
        """Send what was read, as far as the other side takes it."""
        while self._waiting and self._under_way < WINDOW_BYTES:
            data = self._waiting.popleft()
            self._under_way += len(data)
            self._link.send(Chunk(self._worker, self._stream, data))

    @property
    def unread(self) -> int:
        """Bytes that the descriptor has now, and that were not read."""
        return unread_bytes(self.descriptor)

    def finish(self) -> None:
        """Whoever wrote to it is gone: what is not there now will not come."""
        self.read()
        if self.wants_to_read:
            self._add(b"")
            self.push()

    def taken(self, count: int) -> None:
        """The other side has handed on so many bytes: there is room for as many."""
        self._under_way -= count

    def _add(self, data: bytes) -> None:
        self.count += len(data)
        self.is_over = not data
        self._waiting.append(data)


class Inflow:
    """Writes to a descriptor what the other side has read."""

    def __init__(self, link: Link, worker: int, stream: int, descriptor: int) -> None:
        self._link = link
        self._worker = worker
        self._stream = stream
        self.descriptor = descriptor
        self._waiting: deque[bytes] = deque()
        self._is_refused = False
        #: Bytes that it was given, and those that it has written.
        self.given = self.written = 0
        set_blocking(descriptor, False)

    @property
    def wants_to_write(self) -> bool:
        """True if something waits."""
        return bool(self._waiting)

    def take(self, data: bytes) -> None:
        """Write these bytes when that is possible; none at the end."""
        self.given += len(data)
        self._waiting.append(data)
        self.write()

    def write(self) -> None:
        """Write what can be written now."""
        while self._waiting:
            data = self._waiting[0]
            try:
                written = len(data) if self._is_refused else os.write(self.descriptor, data) if data else self._end()
            except BlockingIOError:
                return
            except OSError:
                # Nobody reads it any more. The other side must not wait for that.
                self._is_refused, written = True, len(data)
            if written:
                self.written += written
                self._link.send(Taken(self._worker, self._stream, written))
            if written == len(data):
                self._waiting.popleft()
            else:
                self._waiting[0] = data[written:]

    def _end(self) -> int:
        # A pipe ends when its worker is gone and it is closed.
        if self._stream == SOCKET:
            with socket.socket(fileno=os.dup(self.descriptor)) as connected:
                connected.shutdown(socket.SHUT_WR)
        return 0
