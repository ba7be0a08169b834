"""One end of the channel between a relay and an agent: both look the same from here.

::

    main thread --send--> queue --(thread)--> execnet channel ==> the other side
    main thread <--items, wake-up pipe--(execnet's receiver thread)--'

Guarantees: sending never blocks the main thread, whatever the network does; an end that the other side does not answer
for ``SILENCE_LIMIT_S`` is broken, whatever ssh and the kernel believe.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import deque
from typing import Any

from isolated_async_workers.wire.system import set_blocking

from .. import clock
from .items import Item, StillHere, from_tuple, to_tuple

#: Seconds after which a side that has nothing to say says that it is there.
HEARTBEAT_S = 2.0
#: Seconds without a word after which the other side is lost: many heartbeats, as machines that run tests are busy.
SILENCE_LIMIT_S = 20.0
#: Seconds in which what is left to say is sent at the end: nobody waits for a network that does not take it.
FLUSH_LIMIT_S = 2.0
#: Seconds by which this process may be late; when it is later it was stopped, and has not listened.
_LATE_S = 5.0

_END = object()


class Link:
    """Takes over an execnet channel."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._arrived: deque[Any] = deque()
        self._outgoing: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        self._wake_end, self._wake = os.pipe()
        set_blocking(self._wake, False)
        set_blocking(self._wake_end, False)
        #: Why nothing more will come; None while it may.
        self.broken: str | None = None
        #: True if that is because nothing was heard.
        self.is_silent = False
        self._heard = self._looked = self._spoke = clock.now()
        self._sender = threading.Thread(target=self._send_all, name="isolated-async-sender", daemon=True)
        self._sender.start()
        channel.setcallback(self._take, endmarker=_END)

    def fileno(self) -> int:
        """Readable when something has arrived."""
        return self._wake_end

    def send(self, item: Item) -> None:
        """Send ``item`` after all others."""
        self._spoke = clock.now()
        self._outgoing.put(to_tuple(item))

    def items(self) -> list[Item]:
        """What has arrived by now. Sets :attr:`broken` when that is the last."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake_end, 4096):
                pass
        items: list[Item] = []
        while self._arrived and self.broken is None:
            data = self._arrived.popleft()
            self._heard = clock.now()
            try:
                if data is _END:
                    self.broken = self._why_ended()
                elif isinstance(data, Exception):
                    raise data
                else:
                    items.append(from_tuple(data))
            except Exception as error:  # noqa: BLE001 - execnet's, of whatever class
                self.broken = str(error) or type(error).__name__
        return items

    def keep_alive(self) -> None:
        """To be called every ``HEARTBEAT_S`` at least: say that this side is here, and notice if the other is not."""
        now = clock.now()
        if now - self._looked > HEARTBEAT_S + _LATE_S:
            self._heard = now
        self._looked = now
        if now - self._spoke >= HEARTBEAT_S:
            self.send(StillHere())
        if self.broken is None and not self._arrived and now - self._heard > SILENCE_LIMIT_S:
            self.broken = f"nothing was heard of it for {SILENCE_LIMIT_S:g} s"
            self.is_silent = True

    def flush(self) -> None:
        """Send everything, if the other side takes it; to be called last."""
        self._outgoing.put(None)
        self._sender.join(FLUSH_LIMIT_S)

    def _why_ended(self) -> str:
        try:
            # The other side may have said why.
            self._channel.waitclose(0)
        except self._channel.RemoteError as error:
            return str(error.formatted).strip()
        except Exception:  # noqa: BLE001 - the connection is gone, and nothing has been said
            return "the connection has ended"
        return "the connection has ended"

    def _take(self, data: object) -> None:
        self._arrived.append(data)
        with contextlib.suppress(OSError):
            os.write(self._wake, b"x")

    def _send_all(self) -> None:
        while (data := self._outgoing.get()) is not None:
            try:
                self._channel.send(data)
            except Exception as error:  # noqa: BLE001 - OSError, or what execnet makes of it
                # What has arrived before says why, if anything does.
                self._take(_END if isinstance(error, OSError) else error)
                return
