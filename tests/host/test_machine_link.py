"""Between two machines: what is under way is bounded, in order, and silence is noticed."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Callable
from typing import Any, NoReturn, cast

import pytest

from isolated_async.processes.start_method import FORK_LIMIT_S, StartMethod
from isolated_async.processes.worker_handle import WorkerHandle
from isolated_async.remote import link as link_module
from isolated_async.remote import relay as relay_module
from isolated_async.remote.connection import Unreachable
from isolated_async.remote.counterpart import Counterpart
from isolated_async.remote.items import SOCKET, STDOUT, Chunk, Item, StillHere, Taken, from_tuple, to_tuple
from isolated_async.remote.link import HEARTBEAT_S, SILENCE_LIMIT_S, Link
from isolated_async.remote.mirror import Mirror
from isolated_async.remote.relay import Relay
from isolated_async.remote.streams import WINDOW_BYTES, Inflow, Outflow
from isolated_async_workers.wire.descriptors import WorkerDescriptors
from isolated_async_workers.wire.messages import MachineLost, Message

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
        flow.push()
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


def test_what_a_worker_printed_before_it_said_something_is_sent_before() -> None:
    link = PaperLink()
    handle = WorkerHandle(1, StartMethod(FORK_LIMIT_S))
    stdout, says = handle.descriptors.live_stdout, socket.socket(fileno=os.dup(handle.descriptors.channel))
    mirror = Mirror(cast(Link, link), handle)

    def move() -> list[Chunk]:
        mirror.move({descriptor for descriptor, _ in mirror.interests()})
        return [item for item in link.take() if isinstance(item, Chunk)]

    sent = 0
    while sent < WINDOW_BYTES:
        _fill(stdout)
        sent += sum(len(chunk.data) for chunk in move())
    printed = sent + _fill(stdout)
    says.send(b"said")
    assert move() == []
    _fill(stdout)
    # It goes on printing all the time: what it has said does not wait for that.
    while True:
        mirror.take(Taken(1, STDOUT, _READ_BYTES))
        chunks = [item for item in link.take() if isinstance(item, Chunk)]
        if Chunk(1, SOCKET, b"said") in chunks:
            break
        sent += sum(len(chunk.data) for chunk in chunks)
        _fill(stdout)
    sent += sum(len(chunk.data) for chunk in chunks[: chunks.index(Chunk(1, SOCKET, b"said"))])
    assert printed <= sent < printed + WINDOW_BYTES
    says.close()
    handle.close_remote_ends()
    handle.close()


def test_what_a_worker_printed_before_it_said_something_is_with_the_host_before() -> None:
    link = PaperLink()
    handle = WorkerHandle(1, StartMethod(FORK_LIMIT_S))
    counterpart = Counterpart(cast(Link, link), 1, WorkerDescriptors(*(os.dup(each) for each in handle.descriptors)))
    handle.close_remote_ends()
    data = os.urandom(WINDOW_BYTES)
    counterpart.take(Chunk(1, STDOUT, data))
    counterpart.take(Chunk(1, SOCKET, b"said"))
    counterpart.take(Chunk(1, STDOUT, b"afterwards"))
    with pytest.raises(BlockingIOError):
        handle.socket.recv(_READ_BYTES)
    read, said = b"", b""
    while not said:
        read += os.read(handle.files.live[1], _READ_BYTES)
        counterpart.move(set())
        with contextlib.suppress(BlockingIOError):
            said = handle.socket.recv(_READ_BYTES)
    # The host looks at what is printed when it has heard something.
    with contextlib.suppress(BlockingIOError):
        while True:
            read += os.read(handle.files.live[1], _READ_BYTES)
    assert read.startswith(data)
    assert said == b"said"
    counterpart.close()
    handle.close()


class PaperControl:
    """Takes what the relay tells the host."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)


def _lost(_: Relay) -> NoReturn:
    raise Unreachable("the connection has ended")


@pytest.mark.parametrize("reads", [True, False])
def test_what_was_heard_before_a_machine_was_lost_is_handed_on_as_far_as_the_host_reads_it(
    monkeypatch: pytest.MonkeyPatch, reads: bool
) -> None:
    handle = WorkerHandle(1, StartMethod(FORK_LIMIT_S))
    link: Any = PaperLink()
    counterpart = Counterpart(link, 1, WorkerDescriptors(*(os.dup(each) for each in handle.descriptors)))
    handle.close_remote_ends()
    data = os.urandom(8 * WINDOW_BYTES)
    counterpart.take(Chunk(1, SOCKET, data))
    control: Any = PaperControl()
    relay = Relay(control, os.getpid())
    relay._counterparts[1] = counterpart
    monkeypatch.setattr(Relay, "_receive_request", _lost)
    read: list[bytes] = []

    def read_all() -> None:
        while sum(map(len, read)) < len(data) and select.select([handle.socket], [], [], 10)[0]:
            read.append(handle.socket.recv(_READ_BYTES))

    reader = threading.Thread(target=read_all)
    if reads:
        reader.start()
        relay.run()
        reader.join()
        assert b"".join(read) == data
    else:
        monkeypatch.setattr(relay_module, "_HAND_OVER_LIMIT_S", 0.01)
        relay.run()
    assert control.sent == [MachineLost("the connection has ended")]
    counterpart.close()
    handle.close()


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
