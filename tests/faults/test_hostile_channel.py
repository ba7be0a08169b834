"""A test that writes to its worker's own channel: it costs that test, with a named reason, whatever it sends."""

from __future__ import annotations

import pytest

from .fault import DIED_IN_CALL, PASSED, Fault, Outcome, check

HOSTILE = """
import json, os, pickle, struct, sys, time
from isolated_async_workers.reserved_descriptors import CHANNEL

ME = os.path.basename(__file__) + "::test_fault"
OTHER = os.path.basename(__file__) + "::test_after"

def send(data):
    while data:
        data = data[os.write(CHANNEL, data):]

def frame(*message):
    body = json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body

def report(**fields):
    return frame("ReportLogged", {**REPORT, **fields})

REPORT = {
    "$report_type": "TestReport", "nodeid": ME, "location": ["a.py", 1, "test_fault"], "keywords": {},
    "outcome": "passed", "longrepr": None, "when": "call", "user_properties": [], "sections": [],
    "duration": 0.0, "start": 0.0, "stop": 0.0,
}
"""
NO_MESSAGE = "the worker process sent what is no message of isolated-async during call: "
NOT_REPLAYED = "internal error of isolated-async: what the worker reported cannot be replayed"

#: What a forged report adds to the test's own three.
FORGED = (("setup", "passed"), ("teardown", "failed"), ("call", "passed"), ("teardown", "passed"))


def sends(name: str, code: str, reason: str) -> Fault:
    """A test that sends what is no message, and would go on for ever."""
    source = f"{HOSTILE}\ndef test_fault():\n    {code}\n    time.sleep(1000)\n"
    return Fault(name, source, DIED_IN_CALL, says=(NO_MESSAGE + reason,))


def reports(name: str, code: str, reason: str) -> Fault:
    """A test that sends a report which pytest has not made, and passes."""
    return Fault(name, f"{HOSTILE}\ndef test_fault():\n    send({code})\n", FORGED, says=(NOT_REPLAYED, reason))


FAULTS = [
    sends("garbage", 'send(b"garbage" * 1000)', "a frame of 1734439522 bytes was announced"),
    sends("empty_frame", 'send(struct.pack(">I", 0))', "a frame of 0 bytes is not JSON"),
    sends("too_large_frame", 'send(b"\\xff" * 4)', "a frame of 4294967295 bytes was announced; at most 536870912"),
    sends("pickle", 'body = pickle.dumps([1]); send(struct.pack(">I", len(body)) + body)', "a frame of "),
    sends(
        "deep", 'body = b"[" * 10**6; send(struct.pack(">I", len(body)) + body)', "a frame of 1000000 bytes is not JSON"
    ),
    sends("deep_message", 'send(b"\\0\\0\\x40\\x00" + b"[" * 8192 + b"]" * 8192)', ""),
    sends("long_number", 'send(struct.pack(">I", 5000) + b"9" * 5000)', "a frame of 5000 bytes is not JSON"),
    sends("number", 'send(struct.pack(">I", 4000) + b"9" * 4000)', "expected a list that starts with a message name"),
    sends("unknown_message", 'send(frame("Evil", 1))', "unknown message 'Evil'"),
    sends("class_of_ours", 'send(frame("ProtocolError", 1))', "unknown message 'ProtocolError'"),
    sends(
        "message_of_the_host",
        'send(frame("RunCase", ME, 0, "test_a.py", 0, "warn", False, "", 0, "", 0, 0))',
        "a worker does not send RunCase",
    ),
    sends(
        "message_of_the_zygote",
        'send(frame("WorkerExited", 1, 0, None, 0, ""))',
        "a worker does not send WorkerExited",
    ),
    sends("unknown_stage", 'send(frame("StageStarted", "afterlife"))', "StageStarted.stage must be"),
    sends("unknown_stop", 'send(frame("SessionStopRequested", "halt", "", 1))', "SessionStopRequested.kind must be"),
    sends("too_few_fields", 'send(frame("StageStarted"))', "StageStarted has 1 fields, got 0"),
    sends("wrong_field", 'send(frame("TerminalWritten", ["x"]))', "TerminalWritten.text must be"),
    sends(
        "location_of_a_warning",
        'send(frame("WarningRecorded", "", "", "", "", 1, None, "", "", [[]]))',
        "WarningRecorded.loc",
    ),
    sends(
        "half_a_frame_and_garbage",
        'send(frame("CaseFinished")[:7] + b"garbage" * 9)',
        "a frame of 16 bytes is not JSON",
    ),
    Fault(
        "announced_and_never_sent",
        f"""{HOSTILE}
from isolated_async import isolated_loop

@isolated_loop(timeout=0.3)
def test_fault():
    send(struct.pack(">I", 512 * 1024 * 1024))
    time.sleep(1000)
""",
        DIED_IN_CALL,
        says=("Timeout: call took longer than 0.3 s",),
    ),
    Fault(
        "announced_and_left",
        f'{HOSTILE}\ndef test_fault():\n    send(struct.pack(">I", 2**29) + b"x" * 10**6)\n    os._exit(0)\n',
        DIED_IN_CALL,
        says=("exited with status 0 during call",),
    ),
    Fault(
        "stages_twice",
        f"""{HOSTILE}
def test_fault():
    for stage in ("call", "setup", "call", "call"):
        send(frame("StageStarted", stage))
    send(frame("FalseGreenFound") * 3 + frame("StacksDumped", "", "", "") * 3)
""",
        PASSED,
    ),
    Fault(
        "over_before_it_is",
        f"""{HOSTILE}
def test_fault():
    send(frame("CaseFinished", True))
    os.abort()
""",
        DIED_IN_CALL,
        says=(NO_MESSAGE + "CaseFinished in the middle of call",),
    ),
    Fault(
        "escape_sequences",
        f"""{HOSTILE}
def test_fault():
    send(frame("TerminalWritten", "\\x1b[2J\\x1b]0;owned\\x07\\udcff\\0"))
    raise ValueError("the reason")
""",
        (("setup", "passed"), ("call", "failed"), ("teardown", "passed")),
        says=("ValueError: the reason",),
    ),
    Fault(
        "warnings",
        f"""{HOSTILE}
def test_fault():
    for module, name in (
        ("os", "system"), ("builtins", "__import__"), ("sys", "modules.clear"), ("nowhere", "at.all"), ("", ""),
        ("concurrent.futures", "ProcessPoolExecutor"), ("builtins", "BaseException"), ("pickle", "loads"),
    ):
        send(frame("WarningRecorded", "text", module, name, "/nowhere", 10**30, None, "runtest", ME, None))
""",
        PASSED,
    ),
    reports(
        "report_of_another_test", "report(nodeid=OTHER, outcome='failed', longrepr='forged')", "about another test, "
    ),
    reports(
        "collect_report", "report(**{'$report_type': 'CollectReport', 'result': []})", "does not make a CollectReport"
    ),
    reports("report_of_an_unknown_class", "report(**{'$report_type': 'os.system'})", "os.system"),
    reports("report_without_a_class", "frame('ReportLogged', {})", "BadReport: a worker does not make a NoneType"),
    reports("report_without_fields", "frame('ReportLogged', {'$report_type': 'TestReport'})", "Error"),
    reports("node_id", "report(nodeid=[1])", "Error"),
    reports("outcome", "report(outcome=None)", "outcome of a report must not be None"),
    reports("stage", "report(when='afterlife')", "when of a report must not be 'afterlife'"),
    reports("stage_that_cannot_be_hashed", "report(when=[])", "when of a report must not be []"),
    reports("location", "report(location=['a', {}, 'b'])", "location of a report must not be"),
    reports("duration", "report(duration='long')", "duration of a report must not be 'long'"),
    reports("sections", "report(sections=[['a', 1]])", "sections of a report must not be"),
    reports("sections_of_no_list", "report(sections=5)", "not iterable"),
    reports("keywords", "report(keywords=5)", "keywords of a report must not be 5"),
    reports("properties", "report(user_properties=[1])", "user_properties of a report must not be"),
    reports("xfail", "report(outcome='skipped', wasxfail=5)", "wasxfail of a report must not be 5"),
    reports("skip", "report(outcome='skipped')", "longrepr of a report must not be None"),
    reports("skip_reason", "report(outcome='skipped', longrepr=['a', 'b', 'c'])", "longrepr of a report must not be"),
    reports(
        "failure", "report(outcome='failed', longrepr={'reprcrash': 1, 'reprtraceback': {}, 'sections': 2})", "Error"
    ),
    reports("failure_number", "report(outcome='failed', longrepr=5)", "longrepr"),
    reports("method", "report(toterminal=5)", "toterminal of a report must not be 5"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_hostile_channel(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)


def test_the_summary_is_complete(outcome: Outcome) -> None:
    """Nothing that a worker has sent broke the end of the session."""
    assert "short test summary info" in outcome.output
    assert " failed, " in outcome.output.splitlines()[-1]
