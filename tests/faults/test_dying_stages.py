"""A test whose process dies before, between or after its stages, or while it reports them."""

from __future__ import annotations

import pytest

from .fault import DIED_IN_CALL, DIED_IN_SETUP, DIED_IN_TEARDOWN, PASSED, Fault, Outcome, check


def _fixture(name: str, scope: str, before: str, after: str, kind: str = "def") -> str:
    return f"""
        import asyncio, os, pytest, signal

        @pytest.fixture(scope="{scope}")
        {kind} {name}():
            {before}
            yield
            {after}

        async def test_fault({name}):
            pass
        """


IN_A_STAGE = [
    Fault(
        "exit_in_setup",
        _fixture("dead", "function", "os._exit(0)", "pass"),
        DIED_IN_SETUP,
        says=("exited with status 0 during setup",),
    ),
    Fault(
        "crash_in_an_async_fixture",
        _fixture("dead", "function", "await asyncio.sleep(0); os.abort()", "pass", "async def"),
        DIED_IN_SETUP,
        says=("killed by SIGABRT during setup", "in dead"),
    ),
    Fault(
        "crash_in_a_session_fixture",
        _fixture("dead", "session", "os.abort()", "pass"),
        DIED_IN_SETUP,
        says=("killed by SIGABRT during setup", "in dead"),
    ),
    Fault(
        "exit_in_teardown",
        _fixture("dead", "function", "pass", "os._exit(0)"),
        DIED_IN_TEARDOWN,
        says=("exited with status 0 during teardown",),
    ),
    Fault(
        "crash_in_an_async_finalizer",
        _fixture("dead", "function", "pass", "await asyncio.sleep(0); os.abort()", "async def"),
        DIED_IN_TEARDOWN,
        says=("killed by SIGABRT during teardown", "in dead"),
    ),
    Fault(
        "kill_in_a_session_finalizer",
        _fixture("dead", "session", "pass", "os.kill(os.getpid(), signal.SIGKILL)"),
        DIED_IN_TEARDOWN,
        says=("killed by SIGKILL during teardown",),
    ),
    Fault(
        "crash_in_set_up_class",
        """
        import os, unittest

        class TestCase(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                os.abort()

        def test_fault():
            os._exit(9)
        """,
        DIED_IN_CALL,
        says=("exited with status 9 during call",),
    ),
]
