"""The host's end of the zygote: its control socket and its process."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial

from isolated_async_workers.wire.framing import FrameDecoder, encode
from isolated_async_workers.wire.messages import Message, SignalWorker, ZygoteReady
from isolated_async_workers.wire.status_names import signal_name
from isolated_async_workers.wire.system import KILL_SIGNAL, continue_group, reap, send_descriptors

from .. import clock
from .anonymous_file import read_whole
from .worker_handle import WorkerHandle

_READ_BYTES = 64 * 1024
#: Seconds in which a zygote that lost its host kills its workers and leaves; it takes milliseconds.
LEAVE_GRACE_S = 5.0
_POLL_S = 0.002
_MAX_OUTPUT_BYTES = 64 * 1024


class ZygoteHandle:
    """One zygote. ``output`` is the file of a zygote that has streams of its own."""

    def __init__(self, control: socket.socket, pid: int, output: int | None = None) -> None:
        self.control = control
        self.pid = pid
        self._output = output
        self._decoder = FrameDecoder()
        #: What was received and not handed out.
        self._arrived: list[Message] = []
        self._end = "has ended"

    def ask_for(self, worker: WorkerHandle) -> None:
        """Ask for a worker and hand over its descriptors; that the zygote is gone shows when it is read from."""
        frame = encode(worker.method.order(worker.number))
        try:
            sent = send_descriptors(self.control, frame, worker.descriptors)
            self.control.sendall(frame[sent:])
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            worker.close_remote_ends()

    def signal(self, worker: int, signal_number: int, whole_group: bool) -> None:
        """Send a signal to a worker or to its whole process group."""
        self.send(SignalWorker(worker, signal_number, whole_group))

    def send(self, message: Message) -> None:
        """Send ``message``; that the zygote is gone shows when it is read from."""
        try:
            self.control.sendall(encode(message))
        except (BrokenPipeError, ConnectionResetError):
            return

    def wait_until_ready(self) -> dict[str, str]:
        """Wait for what it has to say first: the modules that it has not imported, and why.

        That is heard again by whoever listens to it, with the next thing that it says, its end if nothing else.
        """
        while not self._arrived and (messages := self._receive()) is not None:
            self._arrived += messages
        return next((each.not_forked for each in self._arrived if isinstance(each, ZygoteReady)), {})

    def receive(self) -> list[Message] | None:
        """Wait for messages; None when the zygote is gone.

        Raises:
            ProtocolError: the zygote sent something that is no message.
        """
        messages = self._receive()
        if not self._arrived:
            return messages
        arrived, self._arrived = self._arrived, []
        # Where this was the end, the next question has the same answer.
        return [*arrived, *(messages or [])]

    def _receive(self) -> list[Message] | None:
        try:
            data = self.control.recv(_READ_BYTES)
        except ConnectionResetError:
            return None
        return self._decoder.feed(data) if data else None

    def output(self) -> str:
        """What the zygote wrote to its own streams, for error messages."""
        return "" if self._output is None else read_whole(self._output, _MAX_OUTPUT_BYTES)

    def hang_up(self) -> None:
        """Tell the zygote that nothing more will come, also where a fork of this process holds the socket open."""
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """In a fork of the host: close what is the host's, and say nothing to the zygote."""
        self.control.close()
        if self._output is not None:
            os.close(self._output)
            self._output = None

    def close(self) -> str:
        """End the zygote and with it every worker; returns when they are gone, and says how it ended."""
        self.hang_up()
        self.control.close()
        if self._output is not None:
            os.close(self._output)
            self._output = None
        deadline = clock.now() + LEAVE_GRACE_S
        urges = self._urges()
        while not self._reaped():
            if clock.now() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    next(urges)()
                deadline += LEAVE_GRACE_S
            clock.sleep(_POLL_S)
        return self._end

    def _urges(self) -> Iterator[Callable[[], None]]:
        """What makes it leave where it does not, each after a while."""
        # It may hang in a fork; and what was stopped must not begin with what it was told before, when it goes on.
        yield partial(os.kill, self.pid, signal.SIGTERM)
        # Somebody has stopped it, or its keeper. Both are of this group.
        yield partial(continue_group, self.pid)
        yield from itertools.repeat(partial(os.kill, self.pid, KILL_SIGNAL))

    def _reaped(self) -> bool:
        try:
            code = reap(self.pid)
        except ChildProcessError:
            # A test in the host waited for any child and got ours.
            return True
        if code is not None:
            self._end = f"was killed by {signal_name(-code)}" if code < 0 else f"exited with status {code}"
        return code is not None
