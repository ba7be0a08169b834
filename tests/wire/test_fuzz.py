"""Whatever bytes arrive, at any of the three ends: a message, an unfinished frame, or a named error."""

from __future__ import annotations

import random
import socket
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isolated_async.cases.case import Case
from isolated_async.choice.selection import IsolatedItem
from isolated_async_workers.result_channel import ResultChannel
from isolated_async_workers.wire.control_socket import ControlSocket
from isolated_async_workers.wire.framing import FrameDecoder, encode
from isolated_async_workers.wire.messages import Message, ProtocolError

from ..host.test_case import PaperWorker
from .test_framing import messages

#: Runs of the plain fuzzer: each another seed, so that a failure can be repeated.
SEEDS = range(300)


def _damage(stream: bytes, dice: random.Random) -> bytes:
    """Some bytes changed, left out, doubled or put elsewhere."""
    data = bytearray(stream)
    for _ in range(dice.randrange(1, 6)):
        start = dice.randrange(len(data) + 1)
        end = min(len(data), start + dice.randrange(1, 20))
        match dice.randrange(4):
            case 0:
                data[start:end] = dice.randbytes(end - start)
            case 1:
                del data[start:end]
            case 2:
                data[start:start] = data[start:end]
            case _:
                data = data[end:] + data[:end]
    return bytes(data)


def _samples() -> list[Message]:
    found: list[Message] = []

    @settings(max_examples=60, database=None, derandomize=True)
    @given(messages)
    def collect(message: Message) -> None:
        found.append(message)

    collect()
    return found


SAMPLES = _samples()


@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_streams(seed: int) -> None:
    dice = random.Random(seed)
    stream = _damage(b"".join(encode(dice.choice(SAMPLES)) for _ in range(dice.randrange(1, 6))), dice)
    decoder = FrameDecoder()
    case = Case(IsolatedItem(None, 0, 1))  # type: ignore[arg-type]
    try:
        while stream:
            size = dice.randrange(1, 200)
            for message in decoder.messages(stream[:size]):
                case.take(message, 0)
            stream = stream[size:]
    except ProtocolError:
        return
    # What does not come is not waited for in memory either: an announcement is four bytes.
    assert len(decoder._buffer) < 10_000


@given(st.lists(messages, max_size=8))
def test_messages_in_any_order(sent: list[Message]) -> None:
    case = Case(IsolatedItem(None, 0, 1))  # type: ignore[arg-type]
    case.worker = PaperWorker()  # type: ignore[assignment]
    try:
        for message in sent:
            case.take(message, 0)
    except ProtocolError:
        return
    case.worker_exited(None)
    assert case.ending is not None


@given(st.binary(max_size=200) | st.lists(messages, max_size=3).map(lambda sent: b"".join(map(encode, sent))))
def test_a_worker_and_a_zygote_take_nothing_else(data: bytes) -> None:
    for receive in (_receive_as_worker, _receive_as_zygote):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.sendall(data)
            ours.shutdown(socket.SHUT_WR)
            try:
                receive(theirs)
            except ProtocolError:
                continue


def _receive_as_worker(theirs: socket.socket) -> None:
    ResultChannel(theirs.fileno()).receive_request()


def _receive_as_zygote(theirs: socket.socket) -> None:
    control = ControlSocket(theirs)
    while control.fill():
        while control.next_message() is not None:
            pass


@pytest.mark.parametrize("length", [1, 1000, 512 * 1024 * 1024])
def test_what_is_announced_takes_no_memory(length: int) -> None:
    decoder = FrameDecoder()
    for _ in range(10):
        assert decoder.feed(b"") == []
    assert decoder.feed(struct.pack(">I", length)) == []
    assert len(decoder._buffer) == 4


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b"[[{", b'["StageStarted",['])
@pytest.mark.parametrize("depth", [100, 1000, 10_000, 100_000])
def test_deep_nesting(opening: bytes, depth: int) -> None:
    body = opening * depth
    closed = body + b"1" + bytes({91: 93, 123: 125}.get(each, 0) for each in reversed(body)).replace(b"\0", b"")
    for frame in (body, closed):
        with pytest.raises(ProtocolError):
            FrameDecoder().feed(struct.pack(">I", len(frame)) + frame)
