"""One worker of another machine, as the relay holds it: the ends that the host takes for those of a local worker.

::

    host's WorkerHandle <==(socket, pipes, files)==> Counterpart <==Chunk, Remains==> agent's Mirror
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Iterator

from isolated_async_workers.wire.descriptors import WorkerDescriptors
from isolated_async_workers.wire.messages import WorkerExited

from .items import CAPTURED_STDERR, CAPTURED_STDOUT, CRASH, SOCKET, STDERR, STDOUT, Chunk, Remains, Taken
from .link import Link
from .streams import Inflow, Outflow


class Counterpart:
    """Writes to the host what the worker says, and reads what the host says to it."""

    def __init__(self, link: Link, number: int, descriptors: WorkerDescriptors) -> None:
        self._descriptors = descriptors
        self._outflow = Outflow(link, number, SOCKET, descriptors.channel, reads_ahead=True)
        self._inflows = {
            SOCKET: Inflow(link, number, SOCKET, descriptors.channel),
            STDOUT: Inflow(link, number, STDOUT, descriptors.live_stdout),
            STDERR: Inflow(link, number, STDERR, descriptors.live_stderr),
        }
        self._files = {
            CRASH: descriptors.crash,
            CAPTURED_STDOUT: descriptors.captured_stdout,
            CAPTURED_STDERR: descriptors.captured_stderr,
        }
        self.exited: WorkerExited | None = None

    def interests(self) -> Iterator[tuple[int, int]]:
        """What to wait for: descriptors, and events of ``poll``."""
        for stream, inflow in self._inflows.items():
            reads = stream == SOCKET and self._outflow.wants_to_read
            events = (select.POLLIN if reads else 0) | (select.POLLOUT if inflow.wants_to_write else 0)
            if events:
                yield inflow.descriptor, events

    def move(self, ready: set[int]) -> None:
        """Read and write what is possible."""
        if self._outflow.descriptor in ready:
            self._outflow.read()
        self.write()

    def write(self) -> None:
        """Write what the host takes now."""
        for inflow in self._inflows.values():
            inflow.write()

    def take(self, item: Chunk | Taken | Remains) -> None:
        """What the agent has sent about this worker."""
        match item:
            case Taken(_, _, count):
                self._outflow.taken(count)
            case Chunk(_, stream, data) if stream == CRASH:
                # Where the host has it: it may have emptied the file.
                os.write(self._files[stream], data)
            case Chunk(_, stream, data):
                self._inflows[stream].take(data)
            case Remains(_, stream, size, tail):
                os.pwrite(self._files[stream], tail, size - len(tail))

    @property
    def is_over(self) -> bool:
        """True if the worker is gone, and the host has all that it said."""
        return self.exited is not None and not any(inflow.wants_to_write for inflow in self._inflows.values())

    def close(self) -> None:
        for descriptor in self._descriptors:
            with contextlib.suppress(OSError):
                os.close(descriptor)
