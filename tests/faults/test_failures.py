"""A test that fails, warns or is broken off in a way that is hard to report."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .fault import DIED_IN_CALL, FAILED, PASSED, VARIANTS, Fault, Outcome, check, check_in_process, run_faults

_MANY_FRAMES = """
import types

def test_fault():
    try:
        raise ValueError("said")
    except ValueError as error:
        trace = error.__traceback__
        for _ in range({frames}):
            trace = types.TracebackType(trace, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)
        raise error.with_traceback(trace)
"""

DEEP = [
    Fault(
        "recursion",
        """
        def recurse():
            return recurse()

        def test_fault():
            recurse()
        """,
        FAILED,
        says=("RecursionError: maximum recursion depth exceeded",),
    ),
    Fault(
        "recursion_of_a_coroutine",
        """
        async def recurse():
            return await recurse()

        async def test_fault():
            await recurse()
        """,
        FAILED,
        says=("RecursionError: maximum recursion depth exceeded",),
    ),
    Fault("traceback_of_many_frames", _MANY_FRAMES.format(frames=1_000), FAILED, says=("ValueError: said",)),
    Fault(
        "chain_of_many_causes",
        """
        def test_fault():
            error = None
            for number in range(300):
                try:
                    raise ValueError(f"number {number}") from error
                except ValueError as caught:
                    error = caught
            raise error
        """,
        FAILED,
        says=("ValueError: number 0\n", "ValueError: number 299\n"),
    ),
]

if sys.version_info >= (3, 11):
    DEEP += [
        Fault(
            "groups_in_groups",
            """
            async def test_fault():
                error = ValueError("innermost")
                for depth in range(50):
                    error = ExceptionGroup(f"depth {depth}", [error, KeyError(depth)])
                raise error
            """,
            FAILED,
            says=("ExceptionGroup: depth 49 (2 sub-exceptions)",),
        ),
        Fault(
            "group_of_what_ends_a_process",
            """
            async def test_fault():
                raise BaseExceptionGroup("said", [SystemExit(3), GeneratorExit()])
            """,
            FAILED,
            says=("BaseExceptionGroup: said (2 sub-exceptions)", "SystemExit: 3"),
        ),
    ]

UNSEEN = [
    Fault(
        "error_in_del",
        """
        class Broken:
            def __del__(self):
                raise ValueError("said")

        def test_fault():
            Broken()
        """,
        PASSED,
    ),
    Fault(
        "error_in_a_callback",
        """
        async def test_fault():
            import asyncio
            asyncio.get_running_loop().call_soon(lambda: 1 / 0)
            await asyncio.sleep(0.001)
        """,
        PASSED,
    ),
    Fault(
        "error_in_a_thread",
        """
        def test_fault():
            import threading
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
        """,
        PASSED,
    ),
    Fault(
        "hooks_for_errors_that_raise",
        """
        async def test_fault():
            import asyncio, sys, threading

            def broken(*args):
                raise ValueError("in a hook")

            sys.excepthook = sys.unraisablehook = threading.excepthook = broken
            asyncio.get_running_loop().set_exception_handler(broken)
            asyncio.get_running_loop().call_soon(lambda: 1 / 0)
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
            await asyncio.sleep(0.001)
        """,
        PASSED,
    ),
]

ASSERTIONS = [
    Fault(
        "repr_of_five_million_characters",
        """
        class Long:
            def __repr__(self):
                return "x" * 5_000_000

        def test_fault():
            long = Long()
            assert long == 1
        """,
        FAILED,
        says=("AssertionError", "xxx"),
    ),
    Fault(
        "repr_that_raises",
        """
        class Broken:
            def __repr__(self):
                raise ValueError("in repr")

        def test_fault():
            broken = Broken()
            assert [broken] == [1]
        """,
        FAILED,
        says=("AssertionError", "in repr"),
    ),
    Fault(
        "truth_that_raises",
        """
        class Broken:
            def __bool__(self):
                raise ValueError("in bool")

            def __eq__(self, other):
                return self

        def test_fault():
            assert Broken() == Broken()
        """,
        FAILED,
        says=("ValueError: in bool",),
    ),
]

#: In process the first ends the session, and the others its run.
BEYOND_PYTEST = [
    Fault(
        "warning_that_cannot_be_printed",
        """
        import warnings

        class Broken(UserWarning):
            calls = 0

            def __str__(self):
                # The first call is that of the interpreter, on behalf of the test.
                self.calls += 1
                if self.calls > 1:
                    raise ValueError("in str")
                return "said"

        async def test_fault():
            warnings.warn(Broken())
        """,
        PASSED,
    ),
    Fault(
        "repr_that_exits",
        """
        class Broken:
            def __repr__(self):
                raise SystemExit(3)

        def fail(broken):
            raise ValueError("said")

        def test_fault():
            fail(Broken())
        """,
        DIED_IN_CALL,
        says=("pytest or a plugin failed to run or report this test during call", "SystemExit: 3"),
        says_not=("please report",),
    ),
    Fault(
        "repr_that_never_ends",
        """
        import pytest

        class Endless:
            def __repr__(self):
                while True:
                    pass

        @pytest.mark.isolated_loop(timeout=1)
        def test_fault():
            endless = Endless()
            assert endless == 1
        """,
        FAILED,
        says=("Timeout: call took longer than 1 s", "in __repr__"),
    ),
    Fault(
        "repr_that_never_ends_in_the_report",
        """
        import pytest

        class Endless:
            def __repr__(self):
                while True:
                    pass

        def fail(endless):
            raise ValueError("said")

        @pytest.mark.isolated_loop(timeout=1)
        def test_fault():
            fail(Endless())
        """,
        DIED_IN_CALL,
        says=("Timeout: call took longer than 1 s", "in __repr__"),
    ),
]

AS_IN_PROCESS = [*DEEP, *UNSEEN, *ASSERTIONS]
FAULTS = [*AS_IN_PROCESS, *BEYOND_PYTEST]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_failures(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)


def test_the_same_in_process(tmp_path: Path) -> None:
    check_in_process(AS_IN_PROCESS, tmp_path)


def test_a_traceback_of_very_many_frames(tmp_path: Path) -> None:
    fault = Fault("frames", _MANY_FRAMES.format(frames=100_000), FAILED, says=("ValueError: said",))
    # In any other style it is pytest that takes its time, in process as well.
    check(fault, run_faults(tmp_path, [fault], VARIANTS[0], "--tb=native"))
