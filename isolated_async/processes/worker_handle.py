"""The host's end of one worker: its socket, and the files that both share.

::

    host                                   worker
    ----                                   ------
    socket         <====================>  channel          RunCase, values in; stages, reports, warnings out
    WorkerFiles    <-------------------->  captured and live output, faulthandler: worker_files.py

Both are handed over with the worker's fork; or, where no descriptors are handed over, the socket ends in threads:
worker_process.py.
"""

from __future__ import annotations

import contextlib
import socket
from collections import deque
from collections.abc import Iterator

from isolated_async_workers.wire.descriptors import WorkerDescriptors
from isolated_async_workers.wire.framing import FrameDecoder, encode
from isolated_async_workers.wire.messages import Message, TerminalLent
from isolated_async_workers.wire.system import connected_pair, send_descriptors

from .start_method import StartMethod
from .worker_files import WorkerFiles

_READ_BYTES = 256 * 1024
#: More than a socket holds when its writer is dead; a writer that is faster than we are must not keep us.
_READS_AT_ONCE = 64
#: Bytes that can be sent before anybody reads them: a quarter of what a socket holds. Nearly every case fits,
#: but the name of a test may be of any length.
_HELD_BY_A_SOCKET = 50 * 1024
#: Seconds in which a worker takes a case that does not fit: milliseconds, if it is healthy.
SEND_LIMIT_S = 5.0
#: Bytes a second that it takes at least, of a large value: a hundredth of what an idle machine does.
_SLOWEST_BYTES_PER_S = 10 * 1024 * 1024


class WorkerHandle:
    """One worker, asked for and perhaps not forked yet: what is sent to it before waits in its socket."""

    def __init__(self, number: int, method: StartMethod) -> None:
        """Raises OSError, and leaves nothing open, if this process has no descriptors left."""
        self.number = number
        self.method = method
        self.files = WorkerFiles()
        try:
            #: The other end of the socket: for the worker, or for what moves its pipes.
            self.socket, self.remote_socket = connected_pair()
        except OSError:
            self.files.close_remote_ends()
            self.files.close()
            raise
        self.socket.setblocking(False)
        self.descriptors = WorkerDescriptors(self.remote_socket.fileno(), *self.files.handed_over)
        self._decoder = FrameDecoder()
        self._arrived: deque[bytes] = deque()
        self.is_forked = False
        #: Which of the workers that run at a time it is, from 0; -1 while it has nothing to do.
        self.slot = -1
        #: True if it imports code of the suite before it begins with its case.
        self.loads_suite = method.spawns
        #: True once it has run a test: what that has left may end it before the next one begins.
        self.has_run = False
        #: True once its process is known to be gone, while what it still said is read.
        self.is_gone = False
        self._unsent = b""
        if method.ahead is not None:
            self.send(method.ahead)
        self.closed = False
        #: Streams of live output that nobody holds open any more.
        self.ended: set[int] = set()
        #: Bytes that were read and not handed on yet; True while that is too much to read on.
        self.held = 0
        self.is_paused = False

    def close_remote_ends(self) -> None:
        """After the zygote has its copies: close what only the worker may hold open."""
        self.remote_socket.close()
        self.files.close_remote_ends()

    def send(self, request: Message) -> None:
        """Give the worker its case, or a value. That it is gone, or does not read, its exit or its deadline tells."""
        frame = encode(request)
        if self._unsent or (len(frame) > _HELD_BY_A_SOCKET and not self.is_forked):
            self._unsent += frame
        else:
            self._send(frame)

    def note_fork(self) -> None:
        """There is a process at the other end now."""
        self.is_forked = True
        if self._unsent:
            frame, self._unsent = self._unsent, b""
            self._send(frame)

    def _send(self, frame: bytes) -> None:
        self.socket.settimeout(SEND_LIMIT_S + len(frame) / _SLOWEST_BYTES_PER_S)
        try:
            self.socket.sendall(frame)
        except ConnectionError:
            return
        except TimeoutError:
            # It must not wait for the rest, nor take what is sent next for that.
            self.dismiss()
        finally:
            self.socket.setblocking(False)

    def lend(self, descriptors: list[int]) -> None:
        """Answer a worker that waits for the terminal, with these descriptors of it."""
        with contextlib.suppress(OSError):
            send_descriptors(self.socket, encode(TerminalLent()), descriptors)

    def dismiss(self) -> None:
        """Let a worker that waits for a further case tear down what it has set up, and leave."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def read(self) -> None:
        """Take in what has arrived by now. Sets ``closed`` if there will never be more."""
        try:
            for _ in range(_READS_AT_ONCE):
                data = self.socket.recv(_READ_BYTES)
                if not data:
                    self.closed = True
                    break
                self.held += len(data)
                self._arrived.append(data)
        except BlockingIOError:
            pass
        except ConnectionError:
            self.closed = True

    def messages(self) -> Iterator[Message]:
        """Each message that was read and not handed out yet.

        Raises:
            ProtocolError: the worker sent something that is no message.
        """
        while self._arrived:
            yield from self._decoder.messages(self._arrived.popleft())

    def read_live(self, stream: int) -> tuple[bytes, bool]:
        """The uncaptured output of ``stream`` (1 or 2) that has arrived, and whether there will never be more."""
        output, has_ended = self.files.read_live(stream)
        self.held += len(output)
        return output, has_ended

    @property
    def was_cut_off(self) -> bool:
        """True if what has arrived ends in the middle of a message."""
        return self._decoder.has_partial_frame

    def close(self) -> None:
        """Close everything; the worker must be gone."""
        self.socket.close()
        self.files.close()
