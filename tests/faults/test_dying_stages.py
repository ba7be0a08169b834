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
        "crash_in_setup_function",
        """
        import os

        def setup_function(function):
            if function.__name__ == "test_fault":
                os.abort()

        def test_fault():
            pass
        """,
        DIED_IN_SETUP,
        says=("killed by SIGABRT during setup", "in setup_function"),
    ),
]

IN_A_REPORT = [
    Fault(
        "kill_in_the_middle_of_a_report",
        """
        def test_fault():
            # The socket holds a small part of it, and nothing more goes out after that.
            print("x" * 5_000_000)
            import os, signal
            from isolated_async_workers import untouched

            write = untouched.write

            def write_half(descriptor, data):
                if len(data) > 1_000_000:
                    write(descriptor, data[: len(data) // 2])
                    os.kill(os.getpid(), signal.SIGKILL)
                return write(descriptor, data)

            untouched.write = write_half
        """,
        DIED_IN_CALL,
        says=("killed by SIGKILL during call, while a report was on its way",),
    ),
    Fault(
        "exit_in_the_middle_of_a_report",
        """
        def test_fault():
            print("x" * 5_000_000)
            import os
            from isolated_async_workers import untouched

            write = untouched.write

            def write_half(descriptor, data):
                if len(data) > 1_000_000:
                    write(descriptor, data[:100])
                    os._exit(0)
                return write(descriptor, data)

            untouched.write = write_half
        """,
        DIED_IN_CALL,
        says=("exited with status 0 during call, while a report was on its way",),
    ),
    Fault(
        "kill_in_makereport",
        """
        import os, signal

        class Plugin:
            def pytest_runtest_makereport(self, item, call):
                if call.when == "call":
                    os.kill(os.getpid(), signal.SIGKILL)

        def test_fault(request):
            request.config.pluginmanager.register(Plugin())
        """,
        DIED_IN_CALL,
        says=("killed by SIGKILL during call",),
        says_not=("on its way",),
    ),
]

AFTER_ALL = [
    Fault(
        # A worker leaves without them: what the zygote has inherited from pytest must not run in every worker.
        "crash_in_an_atexit_handler",
        """
        def test_fault():
            import atexit, os
            atexit.register(os.abort)
        """,
        PASSED,
    ),
    Fault(
        "crash_in_an_object_that_lives_to_the_end",
        """
        class Dead:
            def __del__(self):
                import os
                os.abort()

        KEPT = []

        def test_fault():
            KEPT.append(Dead())
        """,
        PASSED,
    ),
    Fault(
        "exit_when_the_loop_is_closed",
        """
        async def test_fault():
            import asyncio, os

            async def exit_when_cancelled():
                try:
                    await asyncio.sleep(60)
                finally:
                    os._exit(6)

            test_fault.task = asyncio.create_task(exit_when_cancelled())
            await asyncio.sleep(0)
        """,
        DIED_IN_TEARDOWN,
        says=("exited with status 6 during teardown",),
    ),
]

FAULTS = [*IN_A_STAGE, *IN_A_REPORT, *AFTER_ALL]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_dying_stages(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
