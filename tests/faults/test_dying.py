"""A test whose process dies: in any stage, in any way."""

from __future__ import annotations

import pytest

from .fault import DIED_IN_CALL, DIED_IN_SETUP, FAILED, Fault, Outcome, check

FAULTS = [
    Fault(
        "segfault",
        """
        def test_fault():
            import ctypes
            ctypes.string_at(0)
        """,
        DIED_IN_CALL,
        says=("killed by SIGSEGV during call", "in test_fault"),
    ),
    Fault(
        "system_exit",
        """
        def test_fault():
            raise SystemExit(3)
        """,
        FAILED,
        says=("SystemExit: 3",),
    ),
    Fault(
        "exit_in_setup",
        """
        import os, pytest

        @pytest.fixture
        def dead():
            os._exit(0)

        def test_fault(dead):
            pass
        """,
        DIED_IN_SETUP,
        says=("exited with status 0 during setup",),
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_dying(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
