"""The worker's end of its socket."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from isolated_async_workers.result_channel import ResultChannel
from isolated_async_workers.wire.framing import FrameDecoder, encode
from isolated_async_workers.wire.messages import (
    CaseFinished,
    Message,
    ProtocolError,
    RunCase,
    SharedValue,
    StacksDumped,
    StageStarted,
    TerminalWritten,
)


def _received(ours: socket.socket) -> list[Message]:
    ours.setblocking(False)
    try:
        return FrameDecoder().feed(ours.recv(1 << 20))
    except BlockingIOError:
        return []


def test_what_is_queued_is_sent_with_the_next_message() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = ResultChannel(theirs.fileno())
        channel.queue(StageStarted("setup"))
        assert _received(ours) == []
        channel.send(CaseFinished())
        assert _received(ours) == [StageStarted("setup"), CaseFinished()]


def test_the_case_arrives_however_it_was_cut() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        frame = encode(RunCase("test_a.py::test_a", 2, "/test_a.py", 0, "warn", False, "", 0, "", 0, 0))
        ours.sendall(frame[:3])
        ours.sendall(frame[3:])
        assert ResultChannel(theirs.fileno()).receive_request() == RunCase(
            "test_a.py::test_a", 2, "/test_a.py", 0, "warn", False, "", 0, "", 0, 0
        )


def test_no_case_if_the_host_is_gone() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs:
        assert ResultChannel(theirs.fileno()).receive_request() is None


def test_the_value_of_a_shared_fixture_is_that_which_was_asked_for() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = ResultChannel(theirs.fileno())
        assert not channel.has_news
        asked_before = SharedValue("::broken_off", "passed", "x", "", [])
        asked = SharedValue("::asked", "failed", "", "why", [["setup", "stdout of it at", "text"]])
        ours.sendall(encode(asked_before) + encode(asked))
        assert channel.has_news
        assert channel.receive_shared_value("::asked") == asked
        ours.sendall(encode(StageStarted("setup")))
        with pytest.raises(ProtocolError, match="does not take StageStarted"):
            channel.receive_shared_value("::asked")
        ours.sendall(encode(asked))
        with pytest.raises(ProtocolError, match="a worker does not take SharedValue"):
            channel.receive_request()
        ours.shutdown(socket.SHUT_WR)
        assert channel.has_news
        assert channel.receive_shared_value("::asked") is None


def test_a_signal_handler_does_not_cut_a_frame_in_two() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = ResultChannel(theirs.fileno())
        write = channel._write_queued

        def interrupted() -> None:
            channel._write_queued = write  # type: ignore[method-assign]
            channel.send_from_signal_handler(StacksDumped("", "", "here"))
            assert _received(ours) == []
            write()

        channel._write_queued = interrupted  # type: ignore[method-assign]
        channel.send(StageStarted("call"))
        assert _received(ours) == [StageStarted("call"), StacksDumped("", "", "here")]


def test_a_forked_copy_reports_nothing() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = ResultChannel(theirs.fileno())
        pid = os.fork()
        if pid == 0:
            channel.send(CaseFinished())
            os._exit(0)
        os.waitpid(pid, 0)
        assert _received(ours) == []


def test_it_is_lost_when_its_descriptor_is_another_file(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, open(tmp_path / "file", "w+b") as file:
        channel = ResultChannel(theirs.fileno())
        os.dup2(file.fileno(), theirs.fileno())
        channel.send(CaseFinished())
        assert channel.is_lost
        assert file.read() == b""


def test_it_is_lost_when_its_descriptor_is_closed() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        channel = ResultChannel(theirs.fileno())
        theirs.close()
        channel.send(CaseFinished())
        channel.send(CaseFinished())
        assert channel.is_lost


def test_it_waits_for_the_host_also_where_it_was_made_non_blocking() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = ResultChannel(theirs.fileno())
        theirs.setblocking(False)
        message = TerminalWritten("x" * 10_000_000)
        received: list[Message] = []
        decoder = FrameDecoder()

        def receive() -> None:
            while not received:
                received.extend(decoder.feed(ours.recv(1 << 20)))

        reader = threading.Thread(target=receive)
        reader.start()
        channel.send(message)
        reader.join()
        assert received == [message]
        assert not channel.is_lost
