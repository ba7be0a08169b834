"""Between two machines: what is under way is bounded, in order, and silence is noticed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, cast

import pytest

from isolated_async.remote import link as link_module
from isolated_async.remote.items import SOCKET, STDOUT, Chunk, Item, StillHere, Taken, from_tuple, to_tuple
from isolated_async.remote.link import HEARTBEAT_S, SILENCE_LIMIT_S, Link
from isolated_async.remote.streams import WINDOW_BYTES, Inflow, Outflow

_READ_BYTES = 64 * 1024


class PaperLink:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Item] = []

    def send(self, item: Item) -> None:
        self.sent.append(item)

    def take(self) -> list[Item]:
        sent, self.sent = self.sent, []
        return sent


class PaperChannel:
    """An execnet channel that nobody is at the other end of."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.arrive: Callable[[Any], None] = lambda data: None

    def setcallback(self, callback: Callable[[Any], None], endmarker: object) -> None:
        self.arrive = callback

    def send(self, data: Any) -> None:
        self.sent.append(data)


def _fill(descriptor: int) -> int:
    """Write until nothing more is taken; how many bytes that were."""
    os.set_blocking(descriptor, False)
    count = 0
    try:
        while True:
            count += os.write(descriptor, b"x" * 4096)
    except BlockingIOError:
        return count


def test_so_much_is_sent_as_has_been_taken() -> None:
    link = PaperLink()
    reading, writing = os.pipe()
    flow = Outflow(cast(Link, link), 1, STDOUT, reading)
    sent = taken = 0
    while flow.wants_to_read:
        written = _fill(writing)
        flow.read()
        chunks = [item.data for item in link.take() if isinstance(item, Chunk)]
        assert sum(map(len, chunks)) <= written
        sent += sum(map(len, chunks))
    assert WINDOW_BYTES <= sent < WINDOW_BYTES + _READ_BYTES
    _fill(writing)
    os.close(writing)
    flow.read()
    flow.finish()
    assert link.take() == []
    assert not flow.is_over
    while not flow.is_over:
        flow.taken(_READ_BYTES)
        taken += _READ_BYTES
        flow.finish()
    assert link.take()[-1] == Chunk(1, STDOUT, b"")
    assert taken < 2 * WINDOW_BYTES
    os.close(reading)


def test_what_the_host_sends_is_read_at_once() -> None:
    link = PaperLink()
    reading, writing = os.pipe()
    flow = Outflow(cast(Link, link), 1, SOCKET, reading, reads_ahead=True)
    written = 0
    while written < 4 * WINDOW_BYTES:
        written += _fill(writing)
        flow.read()
    sent = sum(len(item.data) for item in link.take() if isinstance(item, Chunk))
    assert WINDOW_BYTES <= sent < WINDOW_BYTES + _READ_BYTES
    while sent < written:
        flow.taken(_READ_BYTES)
        sent += sum(len(item.data) for item in link.take() if isinstance(item, Chunk))
    assert sent == written
    for descriptor in (reading, writing):
        os.close(descriptor)


def test_nothing_is_taken_that_nobody_reads() -> None:
    link = PaperLink()
    reading, writing = os.pipe()
    flow = Inflow(cast(Link, link), 1, STDOUT, writing)
    data = os.urandom(WINDOW_BYTES)
    flow.take(data)
    held = sum(item.count for item in link.take() if isinstance(item, Taken))
    assert 0 < held < WINDOW_BYTES
    assert flow.wants_to_write
    read = b""
    while flow.wants_to_write:
        read += os.read(reading, _READ_BYTES)
        flow.write()
    read += os.read(reading, WINDOW_BYTES)
    assert read == data
    assert held + sum(item.count for item in link.take() if isinstance(item, Taken)) == WINDOW_BYTES
    # When nobody reads any more, the other side need not wait for that.
    os.close(reading)
    flow.take(data)
    assert not flow.wants_to_write
    assert link.take() == [Taken(1, STDOUT, WINDOW_BYTES)]
    os.close(writing)


def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0

    class Clock:
        @staticmethod
        def now() -> float:
            return now

    monkeypatch.setattr(link_module, "clock", Clock)
    channel = PaperChannel()
    link = Link(channel)
    for _ in range(int(SILENCE_LIMIT_S / HEARTBEAT_S)):
        now += HEARTBEAT_S
        link.keep_alive()
        assert link.broken is None
    channel.arrive(to_tuple(StillHere()))
    assert link.items() == [StillHere()]
    # This process was stopped: it has not listened.
    now += 10 * SILENCE_LIMIT_S
    link.keep_alive()
    assert link.broken is None
    while link.broken is None:
        now += HEARTBEAT_S
        link.keep_alive()
    assert link.broken == "nothing was heard of it for 20 s"
    assert link.is_silent
    link.flush()
    # It has said all the time that it is here.
    assert len(channel.sent) >= 2 * SILENCE_LIMIT_S / HEARTBEAT_S
    assert {from_tuple(data) for data in channel.sent} == {StillHere()}


@pytest.mark.parametrize("data", [None, (), ("Chunk", 1), ("Nothing",), [1]])
def test_what_is_no_item_breaks_the_link(data: object) -> None:
    channel = PaperChannel()
    link = Link(channel)
    channel.arrive(data)
    assert link.items() == []
    assert "what has come over the channel is no item" in str(link.broken)
    link.flush()
