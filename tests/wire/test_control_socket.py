"""Messages and the descriptors that travel with them."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
from collections.abc import Iterator

import pytest

from isolated_async_workers.wire.control_socket import ControlSocket
from isolated_async_workers.wire.descriptors import WorkerDescriptors
from isolated_async_workers.wire.framing import encode
from isolated_async_workers.wire.messages import ForkWorker
from isolated_async_workers.wire.system import open_descriptors, send_descriptors


@contextlib.contextmanager
def _room_for(count: int) -> Iterator[None]:
    """While it is open, this process can have so many further descriptors."""
    free = [os.open(os.devnull, os.O_RDONLY) for _ in range(count + 1)]
    for descriptor in free:
        os.close(descriptor)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(free), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("count", [0, 3])
def test_descriptors_for_which_there_is_no_room(count: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        control = ControlSocket(theirs)
        sent = [theirs.fileno()] * len(WorkerDescriptors._fields)
        before = open_descriptors()
        send_descriptors(ours, encode(ForkWorker(1, anyway=False)), sent)
        with _room_for(count):
            assert control.fill()
        assert open_descriptors() == before
        # What comes later has its own.
        send_descriptors(ours, encode(ForkWorker(2, anyway=False)), sent)
        assert control.fill()
        assert control.next_message() == ForkWorker(1, anyway=False)
        with pytest.raises(OSError, match="Too many open files"):
            control.next_descriptors()
        assert control.next_message() == ForkWorker(2, anyway=False)
        for descriptor in control.next_descriptors():
            os.close(descriptor)
        assert open_descriptors() == before
