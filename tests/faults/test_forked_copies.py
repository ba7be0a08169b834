"""A test that forks, and whose copy comes back to the runner: one set of reports, and nothing is done twice."""

from __future__ import annotations

import pytest

from . import survivors
from .fault import DIED_IN_CALL, DIED_IN_SETUP, FAILED, PASSED, Fault, Outcome, check

FILES = survivors.FILES
ARGUMENTS = survivors.ARGUMENTS

#: A fixture whose finalizer fails if it runs twice: what a copy has done is done before the original goes on.
ONCE = """
    from notes import *
    import asyncio, pytest

    def fork():
        # 0 in the copy. The original goes on when the copy has gone, and gets its exit status.
        pid = os.fork()
        if pid == 0:
            note()
            return 0
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) or "success"

    def once(name):
        os.close(os.open(f"{os.environ['PYTEST_CURRENT_TEST'].partition('.py')[0]}-{name}", os.O_CREAT | os.O_EXCL))

    @pytest.fixture
    def finalized_once():
        yield
        once("finalized")
"""

FAULTS = [
    Fault(
        "copy_returns",
        ONCE
        + """
    def test_fault(finalized_once, capfd):
        print("before")
        assert fork() in (0, "success")
        once("after" + str(os.getpid()))
        print("after")
    """,
        PASSED,
    ),
    Fault(
        "copy_prints",
        ONCE
        + """
    def test_fault(finalized_once):
        print("before the fork")
        who = "the original" if fork() else "the copy"
        print(f"said by {who}")
        assert who == "the copy"
    """,
        FAILED,
        says=("before the fork\nsaid by the copy\nsaid by the original\n",),
    ),
    Fault(
        "copy_raises",
        ONCE
        + """
    def test_fault(finalized_once):
        if fork() == 0:
            raise ValueError("in the copy")
        assert 0, "in the original"
    """,
        FAILED,
        says=("AssertionError: in the original", "Captured stderr call", "ValueError: in the copy"),
    ),
    Fault(
        "copy_leaves_by_sys_exit",
        ONCE
        + """
    def test_fault(finalized_once):
        status = fork()
        if status == 0:
            sys.exit(3)
        assert status == 3
    """,
        PASSED,
    ),
    Fault(
        "copy_of_an_async_test",
        ONCE
        + """
    @pytest.fixture
    async def server():
        loop = asyncio.get_running_loop()
        arrived = asyncio.Event()
        read_end, write_end = os.pipe()
        loop.add_reader(read_end, arrived.set)
        yield arrived, write_end
        # The copy had the same epoll set: has it taken the pipe out of it, when it closed the loop?
        os.write(write_end, b"x")
        await asyncio.wait_for(arrived.wait(), 5)

    async def test_fault(finalized_once, server):
        await asyncio.sleep(0)
        assert fork() in (0, "success")
    """,
        PASSED,
    ),
    Fault(
        "copy_of_an_async_test_raises",
        ONCE
        + """
    async def test_fault(finalized_once):
        status = fork()
        if status == 0:
            raise ValueError
        assert status == 1
        # The loop still wakes up for another thread.
        await asyncio.wait_for(asyncio.to_thread(time.sleep, 0), 5)
    """,
        PASSED,
    ),
    Fault(
        "copy_of_a_fixture",
        ONCE
        + """
    @pytest.fixture
    def forking(finalized_once):
        yield fork()
        once("closed")

    @pytest.fixture
    def later(forking):
        once("set-up")

    def test_fault(later):
        once("called")
    """,
        PASSED,
    ),
    Fault(
        "copy_of_a_fixture_dies_later",
        ONCE
        + """
    @pytest.fixture
    def forking():
        if os.fork() == 0:
            sleep()
        wait_for(1)
        assert 0, "in the original"

    def test_fault(forking):
        pass
    """,
        (("setup", "failed"), ("teardown", "passed")),
        says=("AssertionError: in the original",),
    ),
    Fault(
        "copy_of_a_teardown",
        ONCE
        + """
    @pytest.fixture
    def forking(finalized_once):
        yield
        fork()

    def test_fault(forking):
        pass
    """,
        PASSED,
    ),
    Fault(
        "copy_of_an_async_teardown",
        ONCE
        + """
    @pytest.fixture
    async def forking(finalized_once):
        yield
        await asyncio.sleep(0)
        fork()

    def test_fault(forking):
        pass
    """,
        PASSED,
    ),
    Fault(
        "copy_of_a_unittest_set_up",
        ONCE
        + """
    import unittest

    class TestGroup(unittest.TestCase):
        def setUp(self):
            fork()

        def tearDown(self):
            once(f"torn-down-{os.getpid()}")

        @pytest.fixture(autouse=True)
        def finalized(self, request):
            yield
            once(request.node.name)

        def test_first(self):
            pass

        async def test_second(self):
            fork()

    def test_fault():
        note()
    """,
        PASSED,
    ),
    Fault(
        "copy_outlives_the_original",
        ONCE
        + """
    def test_fault():
        if os.fork() == 0:
            note()
            time.sleep(1000)
            os._exit(9)
        wait_for(1)
    """,
        PASSED,
    ),
    Fault(
        "copy_returns_when_the_original_is_dead",
        ONCE
        + """
    def test_fault():
        original = os.getpid()
        if os.fork() == 0:
            note()
            while os.getppid() == original:
                time.sleep(0.001)
            return
        wait_for(1)
        os._exit(4)
    """,
        DIED_IN_CALL,
        says=("exited with status 4 during call",),
    ),
    Fault(
        "original_dies_in_setup",
        ONCE
        + """
    @pytest.fixture
    def forking():
        if os.fork():
            os.wait()
            os.abort()
        note()

    def test_fault(forking):
        pass
    """,
        DIED_IN_SETUP,
        says=("killed by SIGABRT during setup",),
    ),
    Fault(
        "copy_in_a_group",
        ONCE
        + """
    from isolated_async import isolated_loop

    @isolated_loop(scope="class")
    class TestGroup:
        def test_first(self):
            fork()

        def test_second(self):
            once("second")

    def test_fault():
        note()
    """,
        PASSED,
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_forked_copies(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
    survivors.check_that_all_are_gone(fault, outcome)


@pytest.mark.parametrize("name", ["copy_in_a_group", "copy_of_a_unittest_set_up"])
def test_copies_of_tests_in_classes(outcome: Outcome, name: str) -> None:
    for test in ("test_first", "test_second"):
        node_id = f"test_{name}.py::TestGroup::{test}"
        assert outcome.stages(node_id) == PASSED, outcome.text(node_id)


def test_nothing_of_the_run_is_alive(outcome: Outcome) -> None:
    assert survivors.processes_with(f"SUITE={outcome.directory}") == []
