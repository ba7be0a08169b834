"""What a hostile worker could try on the host: to fill its memory, to have it load or import what it names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import isolated_async
from isolated_async_workers import wire

from ..behaviour.conftest import Suite

MIB = 1024 * 1024
#: What the host keeps of a case that waits (turns.py), what it reads at once, and what sockets and pipes hold.
LARGEST_BACKLOG = 32 * MIB

#: Sends frames, or prints, far more than the host keeps, and notes how much of it has gone through.
TALKATIVE = """
    import os, struct, time
    from isolated_async import isolated_loop
    from isolated_async_workers.reserved_descriptors import CHANNEL
    from isolated_async_workers.wire.framing import encode
    from isolated_async_workers.wire.messages import TerminalWritten

    TOTAL = 48 * 1024 * 1024

    def said():
        try:
            return int(open("said").read() or 0)
        except FileNotFoundError:
            return 0

    @isolated_loop(timeout=60)
    def test_slow(record_property):
        # Until the other one has said all that it may.
        while not said():
            time.sleep(0.01)
        before = -1
        while said() != before:
            before = said()
            time.sleep(0.6)
        record_property("said", before)

    # Its time does not count while the host does not listen to it.
    @isolated_loop(timeout=1)
    def test_talkative():
        frame = encode(TerminalWritten("x" * 2**20))
        descriptor, data = {"frames": (CHANNEL, frame), "output": (1, b"x" * 2**20)}["WAY"]
        sent = 0
        while sent < TOTAL:
            rest = data
            while rest:
                rest = rest[os.write(descriptor, rest):]
            sent += len(data)
            with open("said.new", "w") as file:
                file.write(str(sent))
            os.rename("said.new", "said")

    def test_after():
        pass
"""


@pytest.mark.parametrize("way", ["frames", "output"])
def test_what_waits_for_its_turn_does_not_fill_the_memory_of_the_host(any_suite: Suite, way: str) -> None:
    any_suite.write(test_a=TALKATIVE.replace("WAY", way))
    # Without a terminal, what it says is thrown away when its turn comes.
    arguments = ["-p", "no:terminal", "-s"] if way == "output" else ["-p", "no:terminal"]
    run = any_suite.run("--isolated-loop-mode=all", "--isolated-loop-workers=2", *arguments)
    assert [each["outcome"] for each in run.reports] == ["passed"] * 9, [each["text"] for each in run.reports]
    [[_, said]] = [
        each["user_properties"][0] for each in run.reports if each["when"] == "call" and "slow" in each["nodeid"]
    ]
    assert 0 < said < LARGEST_BACKLOG


#: In the host: notes what is unpickled, unmarshalled and imported while tests run.
AUDIT = """
    import os, sys
    import pytest

    LOG = []
    LISTENING = []

    def hook(event, arguments):
        if LISTENING and os.getpid() == LISTENING[0]:
            if event in ("pickle.find_class", "import", "os.system", "exec"):
                LOG.append(f"{event} {arguments[0]}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop():
        sys.addaudithook(hook)
        LISTENING.append(os.getpid())
        result = yield
        LISTENING.clear()
        with open("audit", "w") as file:
            file.write("\\n".join(LOG))
        return result
"""

#: Everything that a message can carry, made to be loaded by whoever is careless.
MALICIOUS = """
    import json, os, pickle, struct
    from isolated_async_workers.reserved_descriptors import CHANNEL

    class Bomb:
        def __reduce__(self):
            return os.system, ("touch exploded",)

    def test_malicious(request):
        bomb = pickle.dumps(Bomb(), 0).decode("ascii")
        node_id = request.node.nodeid
        report = {"$report_type": bomb, "_report_type": bomb, "nodeid": node_id, "longrepr": bomb, "py/object": "evil"}
        messages = [
            ["TerminalWritten", bomb],
            ["StacksDumped", bomb, bomb, bomb],
            ["WarningRecorded", bomb, "evil", bomb, bomb, 1, bomb, bomb, node_id, None],
            ["WarningRecorded", "text", "evil", "Evil", "a.py", 1, None, "runtest", node_id, None],
            ["WarningRecorded", "text", "concurrent.futures", "ProcessPoolExecutor", "a", 1, None, "", node_id, None],
            ["WarningRecorded", "text", "evil_lazy", "Evil", "a.py", 1, None, "runtest", node_id, None],
            ["ReportLogged", report],
            ["ReportLogged", {**report, "$report_type": "evil.Report"}],
            ["ReportLogged", {**report, "$report_type": "TestReport", "user_properties": [[bomb, {"$pickle": bomb}]]}],
        ]
        for message in messages:
            body = json.dumps(message).encode()
            os.write(CHANNEL, struct.pack(">I", len(body)) + body)
"""


def test_the_host_loads_and_imports_nothing_that_a_worker_names(any_suite: Suite) -> None:
    any_suite.write(
        conftest=AUDIT + "\n    import concurrent.futures, evil_lazy\n",
        evil="open('exploded', 'w').close()",
        evil_lazy="""
            def __getattr__(name):
                if name == "Evil":
                    import evil
                raise AttributeError(name)
        """,
        test_a=MALICIOUS,
    )
    run = any_suite.run("--isolated-loop-mode=all")
    assert "cannot be replayed" in run.text_of("test_malicious")
    assert not (any_suite.path / "exploded").exists()
    audit = (any_suite.path / "audit").read_text().splitlines()
    assert [line for line in audit if line.startswith("pickle") or "evil" in line or "futures" in line] == []
    assert not [line for line in audit if line.startswith("os.system")]


#: The step that the forked child takes to the worker's side; the value of a shared fixture; our own public names.
MAY_IMPORT = {"launch.py", "value_text.py", "__init__.py"}
#: Where that value is loaded: by the fixture of a test that asks for it, the host's own tests included.
MAY_LOAD = {"collection.py"}


#: Who calls a function in another process asks for its value; commands read what their own pytest has written.
READ_NO_WIRE = {"functions", "doctor", "comparison", "diagnosis"}


def test_what_reads_the_wire_can_load_nothing() -> None:
    found = []
    for package in (isolated_async, wire):
        for path in Path(package.__path__[0]).glob("**/*.py"):
            if path.parent.name in READ_NO_WIRE:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                names = {getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "module", None)}
                names |= {alias.name for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias)}
                if names & {"marshal", "shelve", "eval", "exec", "__import__"}:
                    found.append((path.name, ast.unparse(node)))
                if names & {"pickle", "cloudpickle", "import_module"} and path.name not in MAY_IMPORT:
                    found.append((path.name, ast.unparse(node)))
                if names & {"load", "loads"} and path.name not in MAY_LOAD | {"value_text.py"}:
                    found.append((path.name, ast.unparse(node)))
    assert not found, found


def test_names_of_tests_that_no_socket_holds_at_once(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import pytest

            @pytest.mark.parametrize("number", [pytest.param(each, id=str(each) * 1_000_000) for each in range(3)])
            async def test_a(number):
                pass
        """
    )
    run = any_suite.run("--isolated-loop", "-p", "no:terminal")
    assert [each["outcome"] for each in run.reports] == ["passed"] * 9
