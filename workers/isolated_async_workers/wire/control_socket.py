"""The end of a control socket that is not the host's: messages, and the descriptors that travel with some of them.

A zygote has it, and so has what stands in for the zygote of another machine.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections import deque

from .descriptors import WorkerDescriptors
from .framing import FrameDecoder, encode
from .messages import Message
from .system import receive_descriptors

#: Bytes read at a time; the messages are tiny.
_READ_BYTES = 64 * 1024


class ControlSocket:
    """Buffers what one read brings: a message may arrive together with the next one and its descriptors."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._decoder = FrameDecoder()
        self._messages: deque[Message] = deque()
        #: None where there was no room for all of them.
        self._descriptors: deque[WorkerDescriptors | None] = deque()

    def fileno(self) -> int:
        return self._socket.fileno()

    def fill(self) -> bool:
        """Wait for something to arrive and buffer it; False if the host is gone."""
        try:
            data, descriptors, is_cut = receive_descriptors(self._socket, _READ_BYTES, len(WorkerDescriptors._fields))
        except ConnectionResetError:
            return False
        if is_cut:
            for descriptor in descriptors:
                os.close(descriptor)
            self._descriptors.append(None)
        elif descriptors:
            self._descriptors.append(WorkerDescriptors(*descriptors))
        self._messages.extend(self._decoder.feed(data))
        return bool(data)

    def next_message(self) -> Message | None:
        """The next buffered message, or None."""
        return self._messages.popleft() if self._messages else None

    def next_descriptors(self) -> WorkerDescriptors:
        """The descriptors that came with the message that ``next_message`` returned.

        Raises:
            OSError: this process could not take them all, and has none of them.
        """
        descriptors = self._descriptors.popleft()
        if descriptors is None:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return descriptors

    def send(self, message: Message) -> None:
        """Send ``message``; that the host is gone shows when the socket is read."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(encode(message))

    def close(self) -> None:
        self._socket.close()
