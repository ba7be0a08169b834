"""The worker's end of its socket to the host, or of two pipes where there is no such socket.

It must work when the test has left the standard library in ruins: everything it calls was bound at import, and
its descriptor number is out of the way of a test that closes or replaces the low ones. A test that closes or replaces
all of them still gets its teardown; nobody hears of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import system, untouched
from .wire.framing import FrameDecoder, encode
from .wire.messages import (
    CallFunction,
    CollectSuite,
    CollectTests,
    Message,
    ProtocolError,
    RunCase,
    SetUpShared,
    SharedValue,
)

_READ_BYTES = 64 * 1024

_encode = encode


class ResultChannel:
    """Sends in order; ``queue`` waits for the next ``send``, so that messages which follow at once share a write."""

    def __init__(self, descriptor: int, answers: int | None = None) -> None:
        """``answers`` is where it writes, if that is not where it reads."""
        self._descriptor = descriptor
        self._answers = descriptor if answers is None else answers
        #: Calls what must not fail, as often as it helps.
        self.insist: Callable[[Callable[[], bytes]], bytes] = lambda call: call()
        self._identity = _identity(self._answers)
        #: True once the test has closed the descriptor, or put another file in its place.
        self.is_lost = False
        self._owner = untouched.getpid()
        self._decoder = FrameDecoder()
        self._arrived: list[Message] = []
        self._queued: list[bytes] = []
        self._writing = False
        self._after_write: list[Callable[[], object]] = []

    @property
    def descriptor(self) -> int:
        """Where it reads, as a number in this process."""
        return self._descriptor

    def receive_suite(self) -> CollectSuite | CollectTests | None:
        """Wait for what a spawned worker is to load ahead of its case; None if the host has nothing, or is gone.

        Raises:
            ProtocolError: the host sent something else.
        """
        suite = self._receive()
        if suite is not None and not isinstance(suite, CollectSuite | CollectTests):
            raise ProtocolError(f"a worker that has loaded nothing does not take {type(suite).__name__}")
        return suite

    def receive_request(self) -> RunCase | SetUpShared | None:
        """Wait for what this worker is to do; None if the host has nothing, or is gone.

        Raises:
            ProtocolError: the host sent something else.
        """
        request = self._receive()
        if request is not None and not isinstance(request, RunCase | SetUpShared):
            raise ProtocolError(f"a worker does not take {type(request).__name__}")
        return request

    def requests(self) -> Iterator[RunCase | SetUpShared]:
        """Wait for one after the other, until the host has no more."""
        while (request := self.receive_request()) is not None:
            yield request

    def receive_call(self) -> CallFunction | None:
        """The same for a worker of functions.

        Raises:
            ProtocolError: the host sent something else.
        """
        request = self._receive()
        if request is not None and not isinstance(request, CallFunction):
            raise ProtocolError(f"a worker of functions does not take {type(request).__name__}")
        return request

    def receive_shared_value(self, definition: str) -> SharedValue | None:
        """Wait for the value that was asked for; None if the host has none any more.

        Raises:
            ProtocolError: the host sent something else.
        """
        while (answer := self._receive()) is not None:
            if not isinstance(answer, SharedValue):
                raise ProtocolError(f"a worker that waits for a shared value does not take {type(answer).__name__}")
            if answer.definition == definition:
                return answer
            # The answer to a question that a deadline has broken off.
        return None

    def wait_for_end(self) -> None:
        """Wait until the host has nothing more to say, or is gone."""
        while untouched.read(self._descriptor, _READ_BYTES):
            pass

    @property
    def has_news(self) -> bool:
        """True if the host has said something, or the end of it has come."""
        return system.has_news(self._descriptor)

    def _receive(self) -> Message | None:
        while not self._arrived:
            data = untouched.read(self._descriptor, _READ_BYTES)
            if not data:
                return None
            self._arrived += self._decoder.feed(data)
        return self._arrived.pop(0)

    def queue(self, message: Message) -> None:
        """Send ``message`` with the next one that is sent."""
        self._queued.append(self.insist(lambda: _encode(message)))

    def send(self, message: Message) -> None:
        """Send ``message`` after everything queued; in vain if the channel is lost."""
        self.queue(message)
        self.flush()

    def send_from_signal_handler(self, message: Message) -> None:
        """Send ``message`` from a signal handler, which may have interrupted a write half-way."""
        self.call_from_signal_handler(lambda: self.send(message))

    def call_from_signal_handler(self, function: Callable[[], object]) -> None:
        """Call what may raise, or send; after a write that the signal handler has interrupted half-way.

        A write that is broken off would be the end of all that follows: the host knows no more where a message begins.
        """
        if self._writing:
            self._after_write.append(function)
        else:
            function()

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
        while self._after_write:
            self._after_write.pop(0)()

    def _write_queued(self) -> None:
        # A signal handler may queue something at any time: that stays.
        count = len(self._queued)
        data = memoryview(b"".join(self._queued[:count]))
        del self._queued[:count]
        try:
            # Whatever has got the number of our socket must not get what is meant for the host.
            self.is_lost = self.is_lost or _identity(self._answers) != self._identity
            while data and not self.is_lost:
                data = data[self._write_some(data) :]
        except OSError:
            self.is_lost = True

    def _write_some(self, data: memoryview) -> int:
        try:
            return untouched.write(self._answers, data)
        except BlockingIOError:
            # The test has made every descriptor non-blocking, and the host is behind.
            untouched.set_blocking(self._answers, True)
            return 0


def _identity(descriptor: int) -> tuple[int, int, int]:
    status = untouched.status(descriptor)
    # A pipe of Windows has no more than its kind.
    return status.st_mode, status.st_dev, status.st_ino
