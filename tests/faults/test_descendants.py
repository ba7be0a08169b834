"""A test that leaves processes behind: they are gone before its verdict is told, and change nothing about it."""

from __future__ import annotations

import pytest

from . import survivors
from .fault import DIED_IN_CALL, FAILED, PASSED, Fault, Outcome, check

FILES = survivors.FILES
ARGUMENTS = survivors.ARGUMENTS

FAULTS = [
    Fault(
        "holds_everything_open",
        """
        from notes import *

        def test_fault():
            if os.fork() == 0:
                sleep()
            wait_for(1)
            os._exit(5)
        """,
        DIED_IN_CALL,
        says=("exited with status 5 during call",),
    ),
    Fault(
        "holds_everything_open_in_another_session",
        """
        from notes import *

        def test_fault():
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    sleep()
                sleep()
            wait_for(2)
            os.abort()
        """,
        DIED_IN_CALL,
        says=("killed by SIGABRT during call",),
    ),
    Fault(
        "program_holds_the_channel",
        """
        from notes import *
        from isolated_async_workers.reserved_descriptors import CHANNEL

        def test_fault():
            note(subprocess.Popen(["sleep", "1000"], pass_fds=[CHANNEL, 1, 2], start_new_session=True).pid)
        """,
        PASSED,
    ),
    Fault(
        "daemon",
        """
        from notes import *

        def test_fault():
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    sleep()
                os._exit(0)
            os.wait()
            wait_for(1)
        """,
        PASSED,
    ),
    Fault(
        "deaf_daemon",
        """
        from notes import *
        import signal

        def test_fault():
            for number in range(1, signal.NSIG):
                if number not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD):
                    try:
                        signal.signal(number, signal.SIG_IGN)
                    except OSError:
                        pass
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    sleep()
                os._exit(0)
            os.wait()
            wait_for(1)
        """,
        PASSED,
    ),
    Fault(
        "forks_continually",
        """
        from notes import *

        def multiply():
            # A copy goes on with what is left of the count.
            for _ in range(10):
                if os.fork() == 0:
                    os.setsid()
                    note()
                time.sleep(0.02)
            time.sleep(1000)

        def test_fault():
            if os.fork() == 0:
                multiply()
            wait_for(8)
            assert 0
        """,
        FAILED,
    ),
    Fault(
        "runs_away_from_its_killer",
        """
        from notes import *

        def test_fault():
            if os.fork() == 0:
                for _ in range(300):
                    # Always another process of another session, the last one gone at once.
                    if os.fork():
                        os._exit(0)
                    os.setsid()
                    note()
                time.sleep(1000)
            wait_for(20)
        """,
        PASSED,
    ),
    Fault(
        "stopped",
        """
        from notes import *
        import signal

        def test_fault():
            for new_session in (True, False):
                child = subprocess.Popen(["sleep", "1000"], start_new_session=new_session)
                note(child.pid)
                child.send_signal(signal.SIGSTOP)
                os.waitid(os.P_PID, child.pid, os.WSTOPPED)
        """,
        PASSED,
    ),
    Fault(
        "another_user",
        """
        from notes import *

        def test_fault():
            if os.getuid() == 0:
                note(subprocess.Popen(["sleep", "1000"], user=65534, start_new_session=True).pid)
            note(subprocess.Popen(["sleep", "1000"]).pid)
        """,
        PASSED,
    ),
    Fault(
        "debugger_on_its_parent",
        """
        from notes import *
        import ctypes, signal

        def test_fault():
            if os.fork() == 0:
                os.setsid()
                ptrace = ctypes.CDLL(None).ptrace
                PTRACE_SEIZE = 0x4206
                ptrace(PTRACE_SEIZE, os.getppid(), None, None)
                sleep()
            wait_for(1)
            os.kill(os.getpid(), signal.SIGKILL)
        """,
        # A process that traces the worker is told first of its death.
        DIED_IN_CALL,
        says=("SIGKILL during call",),
    ),
    Fault(
        "asyncio_subprocesses",
        """
        from notes import *
        import asyncio

        async def test_fault():
            for options in ({}, {"start_new_session": True}):
                child = await asyncio.create_subprocess_exec("sleep", "1000", stdin=-1, stdout=-1, **options)
                note(child.pid)
        """,
        PASSED,
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_descendants(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
    survivors.check_that_all_are_gone(fault, outcome)


def test_nothing_of_the_run_is_alive(outcome: Outcome) -> None:
    assert survivors.processes_with(f"SUITE={outcome.directory}") == []
