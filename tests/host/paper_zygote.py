"""What stands where a zygote stands, and says what it is told to say."""

from __future__ import annotations

import socket
from typing import Any

from isolated_async_workers.wire.framing import FrameDecoder, encode
from isolated_async_workers.wire.messages import PROTOCOL_VERSION, Message, ZygoteReady

READY = ZygoteReady(PROTOCOL_VERSION, None, 1, {}, [])
_READ_BYTES = 64 * 1024


class PaperZygote:
    """Is ready, and does nothing."""

    def __init__(self) -> None:
        self.control, self._other_end = socket.socketpair()
        self._decoder = FrameDecoder()
        self.say(READY)

    def say(self, *messages: Message) -> None:
        self._other_end.sendall(b"".join(map(encode, messages)))

    def end(self) -> None:
        self._other_end.close()

    def ask_for(self, worker: Any) -> None: ...

    def signal(self, worker: int, signal_number: int, whole_group: bool) -> None: ...

    def receive(self) -> list[Message] | None:
        data = self.control.recv(_READ_BYTES)
        return self._decoder.feed(data) if data else None

    def output(self) -> str:
        return "printed"

    def hang_up(self) -> None: ...

    def forget(self) -> None: ...

    def close(self) -> str:
        self.control.close()
        self._other_end.close()
        return "was killed by SIGKILL"
