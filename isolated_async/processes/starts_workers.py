"""What starts the workers of one machine, as the host speaks to it: a zygote, a relay, or a part of the host itself."""

from __future__ import annotations

import socket
from typing import Protocol

from isolated_async_workers.wire.messages import Message

from .worker_handle import WorkerHandle


class StartsWorkers(Protocol):
    """See ``zygote_handle.py`` and ``worker_starter.py``."""

    @property
    def control(self) -> socket.socket:
        """Readable when there is something to receive."""

    def ask_for(self, worker: WorkerHandle) -> None:
        """Ask for a worker, with all that it shares with the host."""

    def signal(self, worker: int, signal_number: int, whole_group: bool) -> None:
        """Send a signal to a worker or to its whole process group."""

    def receive(self) -> list[Message] | None:
        """Wait for messages; None when it is gone.

        Raises:
            ProtocolError: it has sent something that is no message.
        """

    def output(self) -> str:
        """What it has printed, for error messages."""

    def hang_up(self) -> None:
        """Let it begin to end."""

    def forget(self) -> None:
        """In a fork of the host: close what is the host's, and say nothing."""

    def close(self) -> str:
        """End it, and with it every worker; returns when they are gone, and says how it ended."""
