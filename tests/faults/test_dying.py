"""A test whose process dies while the test itself runs: by a signal, by leaving, by becoming another program."""

from __future__ import annotations

import pytest

from .fault import DIED_IN_CALL, FAILED, PASSED, Fault, Outcome, check

#: What faulthandler says of a test that crashed, or the signals that it does not see.
BY_A_SIGNAL = [
    Fault(
        "segfault",
        """
        def test_fault():
            import ctypes
            print("output so far", flush=True)
            ctypes.string_at(0)
        """,
        DIED_IN_CALL,
        says=("killed by SIGSEGV during call", "in test_fault", "output so far"),
    ),
    Fault(
        "abort",
        """
        async def test_fault():
            import asyncio, os
            await asyncio.sleep(0)
            os.abort()
        """,
        DIED_IN_CALL,
        says=("killed by SIGABRT during call", "in test_fault"),
    ),
    Fault(
        "overflow_of_the_c_stack",
        """
        import ctypes, resource, sys

        @ctypes.CFUNCTYPE(None)
        def deeper():
            deeper()

        def test_fault():
            # Small enough that it ends before Python's own limits do.
            resource.setrlimit(resource.RLIMIT_STACK, (256 * 1024, resource.RLIM_INFINITY))
            sys.setrecursionlimit(10**9)
            deeper()
        """,
        DIED_IN_CALL,
        says=("killed by SIGSEGV during call", "in deeper"),
    ),
    *(
        Fault(
            f"kill_by_{name.lower()}",
            f"""
            async def test_fault():
                import os, signal
                print("output so far", flush=True)
                signal.signal(signal.{name}, signal.SIG_DFL)
                os.kill(os.getpid(), signal.{name})
            """,
            DIED_IN_CALL,
            says=(f"killed by {name} during call", "output so far"),
            says_not=("out of memory", "(faulthandler)"),
        )
        for name in ("SIGTERM", "SIGINT", "SIGPIPE", "SIGALRM", "SIGHUP", "SIGUSR1")
    ),
    Fault(
        "kill_by_sigkill",
        """
        def test_fault():
            import os, signal
            print("output so far", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """,
        DIED_IN_CALL,
        says=("killed by SIGKILL during call", "output so far"),
        says_not=("memory", "(faulthandler)"),
    ),
    Fault(
        "kill_by_a_real_time_signal",
        """
        def test_fault():
            import os
            os.kill(os.getpid(), 40)
        """,
        DIED_IN_CALL,
        says=("killed by signal 40 during call",),
    ),
    Fault(
        "kill_of_the_group",
        """
        def test_fault():
            import os, signal
            os.killpg(0, signal.SIGKILL)
        """,
        DIED_IN_CALL,
        says=("killed by SIGKILL during call",),
    ),
    Fault(
        "mapped_file_that_is_cut_off",
        """
        def test_fault(tmp_path):
            import mmap
            with open(tmp_path / "short", "w+b") as file:
                file.truncate(4096)
                mapped = mmap.mmap(file.fileno(), 4096)
                file.truncate(0)
                mapped[0]
        """,
        DIED_IN_CALL,
        says=("killed by SIGBUS during call", "in test_fault"),
    ),
    Fault(
        "crash_of_a_thread",
        """
        def test_fault():
            import ctypes, threading
            thread = threading.Thread(target=ctypes.string_at, args=(0,))
            thread.start()
            thread.join()
        """,
        DIED_IN_CALL,
        says=("killed by SIGSEGV during call", "in test_fault"),
    ),
    Fault(
        "stop",
        """
        import pytest

        @pytest.mark.isolated_loop(timeout=0.2)
        def test_fault():
            import os, signal
            os.kill(os.getpid(), signal.SIGSTOP)
        """,
        DIED_IN_CALL,
        says=("Timeout: call took longer than 0.2 s",),
    ),
]

BY_LEAVING = [
    *(
        Fault(
            f"exit_with_{status}",
            f"""
            async def test_fault():
                import os
                print("output so far", flush=True)
                os._exit({status})
            """,
            DIED_IN_CALL,
            says=(f"exited with status {status} during call", "output so far"),
            says_not=("please report",),
        )
        for status in (0, 1, 70, 77, 255)
    ),
    Fault(
        "exit_in_a_callback",
        """
        async def test_fault():
            import asyncio, os
            asyncio.get_running_loop().call_soon(os._exit, 4)
            await asyncio.sleep(60)
        """,
        DIED_IN_CALL,
        says=("exited with status 4 during call",),
    ),
    Fault(
        "exit_in_a_thread",
        """
        def test_fault():
            import os, threading, time
            threading.Thread(target=os._exit, args=(5,)).start()
            time.sleep(60)
        """,
        DIED_IN_CALL,
        says=("exited with status 5 during call",),
    ),
    Fault("system_exit", "def test_fault():\n    raise SystemExit(3)\n", FAILED, says=("SystemExit: 3",)),
    Fault(
        "system_exit_in_a_coroutine",
        "async def test_fault():\n    import sys\n    sys.exit(3)\n",
        FAILED,
        says=("SystemExit: 3",),
    ),
    Fault(
        "system_exit_in_a_callback",
        """
        async def test_fault():
            import asyncio, sys
            asyncio.get_running_loop().call_soon(sys.exit, 3)
            await asyncio.sleep(60)
        """,
        FAILED,
        says=("SystemExit: 3",),
    ),
]

BY_BECOMING_ANOTHER_PROGRAM = [
    Fault(
        "exec_of_true",
        """
        def test_fault():
            import os
            os.execv("/bin/true", ["true"])
        """,
        DIED_IN_CALL,
        says=("exited with status 0 during call",),
    ),
    Fault(
        "exec_that_fails_and_prints",
        """
        def test_fault():
            import os
            os.execv("/bin/sh", ["sh", "-c", "echo from the shell; exit 3"])
        """,
        DIED_IN_CALL,
        says=("exited with status 3 during call", "from the shell"),
    ),
    Fault(
        "exec_that_sleeps",
        """
        import pytest

        @pytest.mark.isolated_loop(timeout=0.2)
        def test_fault():
            import os
            os.execv("/bin/sleep", ["sleep", "60"])
        """,
        DIED_IN_CALL,
        says=("Timeout: call took longer than 0.2 s",),
    ),
    Fault(
        "exec_that_writes_on_all_it_inherits",
        """
        import pytest

        @pytest.mark.isolated_loop(timeout=0.2)
        def test_fault():
            import os
            script = "while :; do for each in /proc/self/fd/*; do echo noise >&${each##*/}; done; done 2>/dev/null"
            os.execv("/bin/bash", ["bash", "-c", script])
        """,
        DIED_IN_CALL,
        says=("Timeout: call took longer than 0.2 s", "noise"),
        says_not=("please report",),
    ),
]

NO_DEATH_OF_ITS_OWN = [
    Fault(
        "death_of_a_child",
        """
        def test_fault():
            import os, signal
            for die in (os.abort, lambda: os._exit(3), lambda: os.kill(os.getpid(), signal.SIGKILL)):
                child = os.fork()
                if child == 0:
                    die()
                os.waitpid(child, 0)
        """,
        PASSED,
    ),
    Fault(
        "child_that_walks_back_into_pytest",
        """
        def test_fault():
            import os
            child = os.fork()
            if child:
                os.waitpid(child, 0)
            else:
                assert 0, "in the child"
        """,
        PASSED,
        # The child's own end, which is its parent's to look at.
        says=("Captured stderr call", "AssertionError: in the child"),
    ),
    Fault(
        "exit_of_a_thread",
        """
        def test_fault():
            import sys, threading
            thread = threading.Thread(target=sys.exit, args=(3,))
            thread.start()
            thread.join()
        """,
        PASSED,
    ),
]

FAULTS = [*BY_A_SIGNAL, *BY_LEAVING, *BY_BECOMING_ANOTHER_PROGRAM, *NO_DEATH_OF_ITS_OWN]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_dying(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
