"""A test that closes, replaces or uses up the descriptors of its process."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fault import (
    DIED_IN_CALL,
    DIED_IN_SETUP,
    FAILED,
    PASSED,
    VARIANTS,
    Fault,
    Outcome,
    Variant,
    check,
    run_faults,
)

_LOST = "it found the descriptor on which it reports closed, or another file in its place (os.closerange, os.dup2)"
FAULTS = [
    Fault(
        "close_all",
        """
        def test_fault():
            import os
            os.closerange(0, 65536)
        """,
        DIED_IN_CALL,
        says=(f"could not report what happened since call began: {_LOST}",),
        says_not=("please report",),
    ),
    Fault(
        "close_all_in_setup",
        """
        import os, pytest

        @pytest.fixture
        def closed():
            os.closerange(0, 65536)

        def test_fault(closed):
            pass
        """,
        DIED_IN_SETUP,
        says=(f"could not report what happened since setup began: {_LOST}",),
    ),
    Fault(
        "close_all_then_exit",
        """
        def test_fault():
            import os
            os.closerange(0, 65536)
            os._exit(0)
        """,
        DIED_IN_CALL,
        says=("exited with status 0 during call",),
    ),
    Fault(
        "close_all_then_crash",
        """
        def test_fault():
            import os
            os.closerange(0, 65536)
            os.abort()
        """,
        DIED_IN_CALL,
        says=("killed by SIGABRT during call",),
    ),
    Fault(
        "replace_all",
        """
        def test_fault():
            import os
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in os.listdir("/proc/self/fd"):
                try:
                    os.dup2(null, int(descriptor))
                except OSError:
                    pass
        """,
        DIED_IN_CALL,
        says=(f"could not report what happened since call began: {_LOST}",),
    ),
    Fault(
        # As a program does that is handed all its descriptors by an event loop.
        "make_all_non_blocking",
        """
        def test_fault():
            import os
            for descriptor in os.listdir("/proc/self/fd"):
                try:
                    os.set_blocking(int(descriptor), False)
                except OSError:
                    pass
            print("x" * 5_000_000)
        """,
        PASSED,
        says=("x" * 5_000_000,),
    ),
    Fault(
        "close_the_standard_ones",
        """
        async def test_fault():
            import os
            for descriptor in (0, 1, 2):
                os.close(descriptor)
            print("said")
        """,
        PASSED,
        says=("said",),
    ),
    Fault(
        "replace_the_standard_ones",
        """
        async def test_fault():
            import os
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            print("said")
            assert 0
        """,
        FAILED,
        says=("assert 0", "said"),
    ),
    Fault(
        "close_all_but_those_of_the_report",
        """
        def test_fault():
            import os
            os.closerange(3, 900)
        """,
        (("setup", "passed"), ("call", "failed"), ("teardown", "failed")),
        says=("Bad file descriptor",),
    ),
    Fault(
        "no_descriptors_left",
        """
        async def test_fault():
            import resource
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
            print("said")
        """,
        PASSED,
        says=("said",),
    ),
    Fault(
        "no_descriptors_left_for_a_failure",
        """
        async def test_fault():
            import resource
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
            assert 0
        """,
        (("setup", "passed"), ("call", "failed"), ("teardown", "failed")),
        says=("assert 0",),
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_descriptors(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)


_FINALIZER_AFTER_CLOSE_ALL = Fault(
    "finalizer_after_close_all",
    """
    import os, pathlib, pytest

    @pytest.fixture
    def outside():
        yield
        pathlib.Path("taken_down").touch()

    def test_fault(outside):
        os.closerange(0, 65536)
    """,
    DIED_IN_CALL,
    says=(_LOST,),
)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_what_is_set_up_is_taken_down_though_nobody_hears_of_it(tmp_path: Path, variant: Variant) -> None:
    check(_FINALIZER_AFTER_CLOSE_ALL, run_faults(tmp_path, [_FINALIZER_AFTER_CLOSE_ALL], variant))
    assert (tmp_path / "taken_down").exists()


_IN_A_GROUP = Fault(
    "in_a_group",
    """
    import os, pytest

    pytestmark = pytest.mark.isolated_loop(scope="module")

    @pytest.fixture(scope="module", autouse=True)
    def shared():
        yield
        with open("taken_down", "a") as file:
            print(os.getpid(), file=file)

    def test_fault():
        os.closerange(0, 65536)
    """,
    DIED_IN_CALL,
    says=(_LOST,),
)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_the_rest_of_a_group_has_a_worker_that_reports(tmp_path: Path, variant: Variant) -> None:
    check(_IN_A_GROUP, run_faults(tmp_path, [_IN_A_GROUP], variant))
    assert len(set((tmp_path / "taken_down").read_text().split())) == 2


_FILES_IN_ALL_PLACES = Fault(
    "files_in_all_places",
    """
    KEPT = []

    def test_fault():
        import os, resource
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        os.closerange(3, limit)
        KEPT.extend(open("of_the_test", "wb") for _ in range(min(limit, 1024) - 3))
    """,
    DIED_IN_CALL,
    says=(_LOST,),
)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_file_of_the_test_gets_nothing_that_is_meant_for_the_host(tmp_path: Path, variant: Variant) -> None:
    check(_FILES_IN_ALL_PLACES, run_faults(tmp_path, [_FILES_IN_ALL_PLACES], variant))
    assert (tmp_path / "of_the_test").read_bytes() == b""
