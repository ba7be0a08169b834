"""A test that leaves active what freezes the clock, fakes the file system or forbids sockets: nobody else sees it."""

from __future__ import annotations

import textwrap

import pytest

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
        import os
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
    failing = f'import pytest\n\nasync def test_fault():\n{body}\n    raise ValueError("the reason")\n'
    return [
        Fault(name, f"import pytest\n\ndef test_fault():\n{body}\n", PASSED),
        Fault(f"{name}_and_fails", failing, FAILED, says=("ValueError: the reason",)),
    ]


FAULTS = [
    *(fault for name, body in BODIES.items() for fault in leaves(name, body)),
    Fault(
        "faked_file_system_fixture",
        """
        import os

        async def test_fault(fs, tmp_path):
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


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_poisoned_by_plugins(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
