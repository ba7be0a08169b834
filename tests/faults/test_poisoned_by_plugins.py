"""A test that leaves active what freezes the clock, fakes the file system or forbids sockets: nobody else sees it."""

from __future__ import annotations

import textwrap

import pytest

from ..behaviour.conftest import Suite
from .fault import FAILED, PASSED, Fault, Outcome, check

#: pytest-socket's option: its fixture forbids sockets in each test, and a neighbour of a fault here needs one.
ARGUMENTS = ("--allow-unix-socket",)

BODIES = {
    "frozen_clock": """
        import freezegun, time

        freezegun.freeze_time("2001-02-03").start()
        assert time.gmtime().tm_year == 2001
    """,
    "frozen_clock_and_loop": """
        import freezegun, time

        freezegun.freeze_time("2001-02-03", real_asyncio=False).start()
        assert time.monotonic() == time.monotonic()
    """,
    "another_time": """
        import time, time_machine

        time_machine.travel("2001-02-03", tick=False).start()
        assert time.gmtime().tm_year == 2001
    """,
    "faked_file_system": """
        from pyfakefs.fake_filesystem_unittest import Patcher

        Patcher().setUp()
        assert not os.path.exists("/proc/self")
    """,
    "no_sockets": """
        import pytest_socket, socket

        pytest_socket.disable_socket()
        with pytest.raises(pytest_socket.SocketBlockedError):
            socket.socket()
    """,
    "no_hosts": """
        import pytest_socket

        pytest_socket.socket_allow_hosts(["192.0.2.1"])
    """,
    "mocks": """
        import asyncio, json, os, time
        from unittest import mock

        for name in ("os.write", "os.read", "os._exit", "json.dumps", "time.monotonic", "asyncio.new_event_loop"):
            mock.patch(name).start()
    """,
}


def leaves(name: str, body: str) -> list[Fault]:
    body = textwrap.indent(textwrap.dedent(body), "    ")
    failing = f'import os, pytest\n\nasync def test_fault():\n{body}\n    raise ValueError("the reason")\n'
    return [
        Fault(name, f"import os, pytest\n\ndef test_fault():\n{body}\n", PASSED),
        Fault(f"{name}_and_fails", failing, FAILED, says=("ValueError: the reason",)),
    ]


FAULTS = [
    *(fault for name, body in BODIES.items() for fault in leaves(name, body)),
    Fault(
        "frozen_clock_and_leak",
        """
        import freezegun, threading, time

        def test_fault():
            freezegun.freeze_time("2001-02-03").start()
            # What waits for a thread to end must not wait for a clock that stands still.
            threading.Thread(target=time.sleep, args=(1000,)).start()
        """,
        PASSED,
    ),
    Fault(
        "faked_file_system_fixture",
        """
        import os

        async def test_fault(fs):
            fs.create_file("/here")
            assert os.listdir("/") != []
            raise ValueError("the reason")
        """,
        FAILED,
        says=("ValueError: the reason",),
    ),
    Fault(
        "frozen_clock_fixture",
        """
        import asyncio, time, freezegun, pytest

        @pytest.fixture
        def frozen():
            with freezegun.freeze_time("2001-02-03", real_asyncio=True):
                yield

        async def test_fault(frozen):
            await asyncio.sleep(0.001)
            assert time.gmtime().tm_year == 2001
        """,
        PASSED,
    ),
    Fault(
        "no_sockets_fixture",
        """
        import asyncio

        async def test_fault(socket_disabled):
            await asyncio.to_thread(int)
        """,
        PASSED,
    ),
]


#: How a test of the host leaves its clock.
STOPPED_CLOCKS = {
    "freezegun": 'import freezegun; freezegun.freeze_time("2001-02-03").start()',
    "time_machine": 'import time_machine; time_machine.travel("2001-02-03", tick=False).start()',
    "patched": "import time; time.monotonic = time.time = time.sleep = lambda *arguments: 0.0",
}


@pytest.mark.parametrize("clock", STOPPED_CLOCKS)
def test_deadlines_do_not_need_the_clock_of_the_host(any_suite: Suite, clock: str) -> None:
    any_suite.write(
        test_a=f"""
            import time
            from isolated_async import isolated_loop

            def test_in_the_host():
                {STOPPED_CLOCKS[clock]}

            @isolated_loop(timeout=0.2)
            async def test_hangs():
                # The clock of this process runs.
                before = time.monotonic()
                while True:
                    assert time.monotonic() < before + 30

            @isolated_loop(timeout=30)
            async def test_after():
                pass
        """
    )
    run = any_suite.run()
    assert "call took longer than 0.2 s" in run.text_of("test_hangs")
    assert [each["outcome"] for each in run.reports if each["when"] == "call"] == ["passed", "failed", "passed"]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_poisoned_by_plugins(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
