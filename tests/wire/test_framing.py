"""Frames survive any splitting, and anything that is no frame of ours is a named error."""

from __future__ import annotations

import itertools
import json
import re
import struct
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolated_async_workers import wire
from isolated_async_workers.wire import framing
from isolated_async_workers.wire.framing import FrameDecoder, encode
from isolated_async_workers.wire.messages import (
    CallFunction,
    CallRaised,
    CallReturned,
    CaseFinished,
    Message,
    ProtocolError,
    ReportLogged,
    RunCase,
    SessionStopRequested,
    SetUpShared,
    SharedTornDown,
    SharedValue,
    SharedValueWanted,
    StagesMeasured,
    StageStarted,
    TerminalWritten,
    WarningRecorded,
    WorkerExited,
    WorkerMeasured,
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
messages = st.one_of(
    st.builds(ReportLogged, st.dictionaries(st.text(), plain, max_size=4)),
    st.builds(StageStarted, st.sampled_from(["setup", "call", "teardown"])),
    st.builds(TerminalWritten, st.text()),
    st.builds(RunCase, st.text(), st.integers(0, 9)),
    st.builds(CaseFinished),
    st.builds(StagesMeasured, st.lists(st.lists(plain, max_size=4), max_size=2)),
    st.builds(
        WorkerMeasured,
        *(st.integers(0, 9), *[st.floats(0, 9)] * 2, st.integers(0, 9)),
        *(*[st.floats(0, 9)] * 3, st.integers(0, 9), st.floats(0, 9), st.integers(0, 9)),
    ),
    st.builds(SetUpShared, st.text(), st.text(), st.integers(0, 9), st.text()),
    st.builds(SharedValueWanted, st.text(), st.text(), st.integers(0, 9)),
    st.builds(
        SharedValue,
        st.text(),
        st.sampled_from(["passed", "failed", "skipped", "xfailed", "exit"]),
        st.text(),
        st.text(),
        st.lists(st.lists(st.text(), max_size=3), max_size=2),
    ),
    st.builds(
        CallFunction,
        st.text(),
        st.text(),
        st.lists(st.text(), max_size=2),
        st.lists(st.text(), max_size=2),
        st.dictionaries(st.text(), st.text(), max_size=2),
    ),
    st.builds(CallReturned, st.text(), st.text()),
    st.builds(CallRaised, st.text(), st.text(), st.text(), st.text()),
    st.builds(SharedTornDown, st.text(), st.lists(st.lists(st.text(), max_size=3), max_size=2)),
    st.builds(
        WorkerExited,
        st.integers(),
        st.none() | st.integers(),
        st.none() | st.integers(),
        st.integers(),
        st.text(),
    ),
    st.builds(SessionStopRequested, st.sampled_from(["exit", "interrupt"]), st.text(), st.none() | st.integers()),
)


@given(sent=st.lists(messages, max_size=5), cuts=st.lists(st.integers(0, 4000), max_size=6))
def test_messages_arrive_however_the_stream_is_cut(sent: list[Message], cuts: list[int]) -> None:
    stream = b"".join(map(encode, sent))
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    decoder = FrameDecoder()
    received = [message for start, end in itertools.pairwise(edges) for message in decoder.feed(stream[start:end])]
    assert received == sent
    assert not decoder.has_partial_frame


@given(st.binary(max_size=300))
def test_garbage_is_a_protocol_error_or_an_unfinished_frame(data: bytes) -> None:
    decoder = FrameDecoder()
    try:
        received = decoder.feed(data)
    except ProtocolError:
        return
    assert received == []
    assert decoder.has_partial_frame == bool(data)


def _frame(data: object) -> bytes:
    body = json.dumps(data).encode()
    return struct.pack(">I", len(body)) + body


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"not": "a list"}, "expected a list that starts with a message name"),
        ([], "expected a list that starts with a message name"),
        (["Unknown"], "unknown message 'Unknown'"),
        (["WindingUp", 1], "WindingUp has 0 fields, got 1"),
        (["StageStarted"], "StageStarted has 1 fields, got 0"),
        (["StageStarted", 5], "StageStarted.stage must be"),
        (["StageStarted", "afterwards"], "StageStarted.stage must be"),
        (["StageStarted", ["setup"]], "StageStarted.stage must be"),
        (["SessionStopRequested", "now", "", None], "SessionStopRequested.kind must be"),
        (["RunCase", "x", True, "x.py", 0, "warn", False, "", 0, "", 0, 0], "RunCase.occurrence must be"),
        (["RunCase", "x", 1.5, "x.py", 0, "warn", False, "", 0, "", 0, 0], "RunCase.occurrence must be"),
        (["SharedValueWanted", "::x", "a.py::a", None], "SharedValueWanted.occurrence must be"),
        (["SharedValue", "::x", "loaded", "", "", []], "SharedValue.outcome must be"),
        (["SharedValue", "::x", "passed", {}, "", []], "SharedValue.value must be"),
        (["SharedTornDown", "", [["setup", 1]]], "SharedTornDown.sections must be"),
        (["ReportLogged", []], "ReportLogged.report must be"),
        (["SessionStopRequested", "exit", "", "7"], "SessionStopRequested.returncode must be"),
        (["ZygoteReady", 1, ["a", 3], 1, {}, []], "ZygoteReady.node_ids must be"),
        (["MachineProven", 1], "MachineProven.directory must be"),
        (["ConnectMachine", [1], "", "", True, [], {}, "", "", [], {}, False], "ConnectMachine.specs must be"),
        (["WorkerMeasured", 1, 0.0, "fast", 0, 0.0, 0.0, 0.0, 0, 0.0, 0], "WorkerMeasured.start_cpu_s must be"),
    ],
)
def test_hostile_messages(data: object, problem: str) -> None:
    with pytest.raises(ProtocolError, match=problem):
        FrameDecoder().feed(_frame(data))


def test_an_announced_frame_that_is_too_large_is_refused_at_once() -> None:
    with pytest.raises(ProtocolError, match="at most"):
        FrameDecoder().feed(struct.pack(">I", framing.MAX_FRAME_BYTES + 1))


def test_a_message_that_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_FRAME_BYTES", 100)
    with pytest.raises(ProtocolError, match="larger than a frame"):
        encode(TerminalWritten("x" * 100))


class _Unprintable:
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("value", "arrives_as"),
    [
        (Path("/a/b"), "/a/b"),
        (_Unprintable(), "<unprintable _Unprintable: ValueError>"),
        ("\udcff lone", "\udcff lone"),
        ((1, 2), [1, 2]),
        ({("a", "b"): 1, "kept": 2}, {"kept": 2}),
        (float("inf"), float("inf")),
    ],
)
def test_what_json_cannot_hold_is_not_lost(value: Any, arrives_as: Any) -> None:
    (message,) = FrameDecoder().feed(encode(ReportLogged({"value": value})))
    assert message == ReportLogged({"value": arrives_as})


def test_a_warning_keeps_its_fields() -> None:
    sent = WarningRecorded(
        "text", "builtins", "UserWarning", "a.py", 3, None, "runtest", "a.py::test", ["a.py", 1, "f"]
    )
    assert FrameDecoder().feed(encode(sent)) == [sent]


def test_every_message_is_in_the_drawing() -> None:
    drawn = set(re.findall(r"\w+", wire.__doc__ or ""))
    assert {each.__name__ for each in get_args(Message)} - drawn == set()
