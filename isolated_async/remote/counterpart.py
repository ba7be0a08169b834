"""One worker of another machine, as the relay holds it: the ends that the host takes for those of a local worker.

::

    host's WorkerHandle <==(socket, pipes, files)==> Counterpart <==Chunk, Remains==> agent's Mirror
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterator

from isolated_async_workers.wire.descriptors import WorkerDescriptors
from isolated_async_workers.wire.messages import WorkerExited
from isolated_async_workers.wire.system import READABLE, WRITABLE, write_at

from .items import CAPTURED_STDERR, CAPTURED_STDOUT, CRASH, SOCKET, STDERR, STDOUT, Chunk, Remains, Taken
from .link import Link
from .streams import Inflow, Outflow


class Counterpart:
    """Writes to the host what the worker says, and reads what the host says to it."""

    def __init__(self, link: Link, number: int, descriptors: WorkerDescriptors) -> None:
        self._descriptors = descriptors
        self._outflow = Outflow(link, number, SOCKET, descriptors.channel, reads_ahead=True)
        self._socket = Inflow(link, number, SOCKET, descriptors.channel)
        self._live = {
            STDOUT: Inflow(link, number, STDOUT, descriptors.live_stdout),
            STDERR: Inflow(link, number, STDERR, descriptors.live_stderr),
        }
        #: What the worker has said, and how much of each stream it had printed before that.
        self._said: deque[tuple[bytes, list[int]]] = deque()
        self._files = {
            CRASH: descriptors.crash,
            CAPTURED_STDOUT: descriptors.captured_stdout,
            CAPTURED_STDERR: descriptors.captured_stderr,
        }
        self.exited: WorkerExited | None = None

    def interests(self) -> Iterator[tuple[int, int]]:
        """What to wait for: descriptors, and events of ``poll``."""
        for inflow in self._live.values():
            if inflow.wants_to_write:
                yield inflow.descriptor, WRITABLE
        reads, writes = self._outflow.wants_to_read, self._socket.wants_to_write
        events = (READABLE if reads else 0) | (WRITABLE if writes else 0)
        if events:
            yield self._socket.descriptor, events

    def move(self, ready: set[int]) -> None:
        """Read and write what is possible."""
        if self._outflow.descriptor in ready:
            self._outflow.read()
        self.write()

    def write(self) -> None:
        """Write what the host takes now; what was printed before a report was sent, before it."""
        for inflow in self._live.values():
            inflow.write()
        while self._said:
            data, printed_before = self._said[0]
            written = [inflow.written for inflow in self._live.values()]
            if any(each < before for each, before in zip(written, printed_before, strict=True)):
                break
            self._said.popleft()
            self._socket.take(data)
        self._socket.write()

    def take(self, item: Chunk | Taken | Remains) -> None:
        """What the agent has sent about this worker."""
        match item:
            case Taken(_, _, count):
                self._outflow.taken(count)
                self._outflow.push()
            case Chunk(_, stream, data) if stream == CRASH:
                # Where the host has it: it may have emptied the file.
                os.write(self._files[stream], data)
            case Chunk(_, stream, data) if stream == SOCKET:
                self._said.append((data, [inflow.given for inflow in self._live.values()]))
                self.write()
            case Chunk(_, stream, data):
                self._live[stream].take(data)
                self.write()
            case Remains(_, stream, size, tail):
                write_at(self._files[stream], tail, size - len(tail))

    @property
    def is_over(self) -> bool:
        """True if the worker is gone, and the host has all that it said."""
        inflows = (self._socket, *self._live.values())
        return self.exited is not None and not self._said and not any(inflow.wants_to_write for inflow in inflows)

    def close(self) -> None:
        for descriptor in self._descriptors:
            with contextlib.suppress(OSError):
                os.close(descriptor)
