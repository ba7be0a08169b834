"""The host's end of one worker: its socket, its capture files, its live output.

::

    host                                   worker
    ----                                   ------
    socket         <====================>  channel          RunCase, values in; stages, reports, warnings out
    capture files  <---- memory -------->  stdout, stderr   pytest's own capture; read here if it dies
    pipes          <--------------------   live stdout/err  what nobody captures (-s)
    crash file     <---- memory -------->  faulthandler

All of it is handed over with the worker's fork; or, where no descriptors are handed over, all but the socket are files
that the worker opens by their names, those of live output too, and the socket ends in threads: worker_process.py.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections import deque
from collections.abc import Iterator

from isolated_async_workers.wire.descriptors import WorkerDescriptors
from isolated_async_workers.wire.framing import FrameDecoder, encode
from isolated_async_workers.wire.messages import Message, TerminalLent
from isolated_async_workers.wire.system import connected_pair, open_shared_file, open_stream, send_descriptors

from .anonymous_file import read_whole
from .start_method import StartMethod

_READ_BYTES = 256 * 1024
#: More than a socket or pipe holds when its writer is dead; a writer that is faster than we are must not keep us.
_READS_AT_ONCE = 64
#: Bytes that can be sent before anybody reads them: a quarter of what a socket holds. Nearly every case fits,
#: but the name of a test may be of any length.
_HELD_BY_A_SOCKET = 50 * 1024
#: Seconds in which a worker takes a case that does not fit: milliseconds, if it is healthy.
SEND_LIMIT_S = 5.0
#: Bytes a second that it takes at least, of a large value: a hundredth of what an idle machine does.
_SLOWEST_BYTES_PER_S = 10 * 1024 * 1024
#: Of a dead worker's captured output the report shows at most this many bytes, the last ones.
_MAX_SHOWN_BYTES = 1024 * 1024


class WorkerHandle:
    """One worker, asked for and perhaps not forked yet: what is sent to it before waits in its socket."""

    def __init__(self, number: int, method: StartMethod) -> None:
        """Raises OSError, and leaves nothing open, if this process has no descriptors left."""
        self.number = number
        self.method = method
        with contextlib.ExitStack() as opened:
            #: The other end of the socket: for the worker, or for what moves its pipes.
            self.socket, self.remote_socket = connected_pair()
            opened.callback(self.socket.close)
            opened.callback(self.remote_socket.close)
            self._stdout, stdout_name = _closed_by(opened, open_shared_file("stdout"))
            self._stderr, stderr_name = _closed_by(opened, open_shared_file("stderr"))
            live_stdout, remote_stdout, live_stdout_name = _closed_by_both(opened, open_stream("live-stdout"))
            live_stderr, remote_stderr, live_stderr_name = _closed_by_both(opened, open_stream("live-stderr"))
            self._crash, crash_name = _closed_by(opened, open_shared_file("crash"))
            opened.pop_all()
        self.socket.setblocking(False)
        self.live = {1: live_stdout, 2: live_stderr}
        #: By which the worker opens what it is not handed, in the order of ``WorkerDescriptors``; empty where it is.
        self.names = [stdout_name, stderr_name, live_stdout_name, live_stderr_name, crash_name]
        #: True if live output has to be looked for: it comes in files.
        self.has_live_files = remote_stdout is None or remote_stderr is None
        self._remote_ends = [end for end in (remote_stdout, remote_stderr) if end is not None]
        self.descriptors = WorkerDescriptors(
            self.remote_socket.fileno(),
            self._stdout,
            self._stderr,
            live_stdout if remote_stdout is None else remote_stdout,
            live_stderr if remote_stderr is None else remote_stderr,
            self._crash,
        )
        self._decoder = FrameDecoder()
        self._arrived: deque[bytes] = deque()
        self.is_forked = False
        #: Which of the workers that run at a time it is, from 0; -1 while it has nothing to do.
        self.slot = -1
        #: True if it imports code of the suite before it begins with its case.
        self.loads_suite = method.spawns
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
        for descriptor in self._remote_ends:
            os.close(descriptor)

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
        """The uncaptured output of ``stream`` (1 or 2) that has arrived, and whether there will never be more.

        A file has an end now, and may have another one later.
        """
        chunks: list[bytes] = []
        try:
            for _ in range(_READS_AT_ONCE):
                data = os.read(self.live[stream], _READ_BYTES)
                if not data:
                    return b"".join(chunks), not self.has_live_files
                self.held += len(data)
                chunks.append(data)
        except BlockingIOError:
            pass
        return b"".join(chunks), False

    @property
    def was_cut_off(self) -> bool:
        """True if what has arrived ends in the middle of a message."""
        return self._decoder.has_partial_frame

    def captured(self, limit: int = _MAX_SHOWN_BYTES) -> tuple[str, str]:
        """What the capture files of the worker hold now, the last ``limit`` bytes: the output of its current stage."""
        return read_whole(self._stdout, limit), read_whole(self._stderr, limit)

    def crash_text(self) -> str:
        """What faulthandler wrote."""
        return read_whole(self._crash, _MAX_SHOWN_BYTES)

    def forget_crash_text(self) -> None:
        """Empty the file that faulthandler writes to; both processes have the same place in it."""
        os.ftruncate(self._crash, 0)
        os.lseek(self._crash, 0, os.SEEK_SET)

    def close(self) -> None:
        """Close everything; the worker must be gone."""
        self.socket.close()
        for descriptor in (self._stdout, self._stderr, self._crash, *self.live.values()):
            os.close(descriptor)


def _closed_by(opened: contextlib.ExitStack, file: tuple[int, str]) -> tuple[int, str]:
    opened.callback(os.close, file[0])
    return file


def _closed_by_both(opened: contextlib.ExitStack, stream: tuple[int, int | None, str]) -> tuple[int, int | None, str]:
    for end in stream[:2]:
        if end is not None:
            opened.callback(os.close, end)
    return stream
