"""The worker's end of its socket to the host.

It must work when the test has left the standard library in ruins: everything it calls was bound at import, and
its descriptor number is out of the way of a test that closes or replaces the low ones. A test that closes or replaces
all of them still gets its teardown; nobody hears of it.
"""

from __future__ import annotations

from collections.abc import Callable

from . import untouched
from .wire.framing import FrameDecoder, encode
from .wire.messages import Message, ProtocolError, RunCase

_READ_BYTES = 64 * 1024

_encode = encode


class ResultChannel:
    """Sends in order; ``queue`` waits for the next ``send``, so that messages which follow at once share a write."""

    def __init__(self, descriptor: int, insist: Callable[[Callable[[], bytes]], bytes] = lambda call: call()) -> None:
        """``insist`` calls what must not fail, as often as it helps."""
        self._descriptor = descriptor
        self._insist = insist
        self._identity = _identity(descriptor)
        #: True once the test has closed the descriptor, or put another file in its place.
        self.is_lost = False
        self._owner = untouched.getpid()
        self._queued: list[bytes] = []
        self._writing = False
        self._urgent: Message | None = None

    def receive_case(self) -> RunCase | None:
        """Wait for the case that this worker is to run; None if the host has none, or is gone.

        Raises:
            ProtocolError: the host sent something else.
        """
        decoder = FrameDecoder()
        while data := untouched.read(self._descriptor, _READ_BYTES):
            for message in decoder.feed(data):
                if not isinstance(message, RunCase):
                    raise ProtocolError(f"a worker does not take {type(message).__name__}")
                return message
        return None

    def queue(self, message: Message) -> None:
        """Send ``message`` with the next one that is sent."""
        self._queued.append(self._insist(lambda: _encode(message)))

    def send(self, message: Message) -> None:
        """Send ``message`` after everything queued; in vain if the channel is lost."""
        self.queue(message)
        self.flush()

    def send_from_signal_handler(self, message: Message) -> None:
        """Send ``message`` from a signal handler, which may have interrupted a write half-way."""
        if self._writing:
            self._urgent = message
        else:
            self.send(message)

    def flush(self) -> None:
        """Write everything queued."""
        if untouched.getpid() != self._owner:
            # A copy that the test made with os.fork() has walked back into the runner. The original reports.
            self._queued.clear()
            return
        self._writing = True
        try:
            self._write_queued()
        finally:
            self._writing = False
        if self._urgent is not None:
            message, self._urgent = self._urgent, None
            self.send(message)

    def _write_queued(self) -> None:
        data = memoryview(b"".join(self._queued))
        self._queued.clear()
        try:
            # Whatever has got the number of our socket must not get what is meant for the host.
            self.is_lost = self.is_lost or _identity(self._descriptor) != self._identity
            while data and not self.is_lost:
                data = data[self._write_some(data) :]
        except OSError:
            self.is_lost = True

    def _write_some(self, data: memoryview) -> int:
        try:
            return untouched.write(self._descriptor, data)
        except BlockingIOError:
            # The test has made every descriptor non-blocking, and the host is behind.
            untouched.set_blocking(self._descriptor, True)
            return 0


def _identity(descriptor: int) -> tuple[int, int]:
    status = untouched.status(descriptor)
    return status.st_dev, status.st_ino
