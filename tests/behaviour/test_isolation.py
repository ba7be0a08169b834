"""What one test breaks does not reach another: what is checked here fails when isolation is off."""

from __future__ import annotations

import pytest

from .conftest import Suite

POLLUTIONS = {
    "closed loop": (
        "loop = asyncio.new_event_loop(); asyncio.set_event_loop(loop); loop.close()",
        "asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))",
    ),
    "no loop": (
        "asyncio.run(asyncio.sleep(0))",
        "asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))",
    ),
    "environment": ("os.environ['LEFT'] = '1'", "assert 'LEFT' not in os.environ"),
    "directory": ("os.chdir('/')", "assert os.getcwd() != '/'"),
    "module state": ("sys.modules['json'] = None", "import json; json.dumps({})"),
    "patched standard library": ("time.time = lambda: 0", "assert time.time() > 0"),
    "thread": (
        "threading.Thread(target=time.sleep, args=(1,)).start()",
        "assert threading.active_count() == 1",
    ),
    "descriptors": ("os.open('/dev/null', os.O_RDONLY)", "assert open_descriptors() == int(BASELINE.read_text())"),
}


@pytest.mark.parametrize("pollution", POLLUTIONS)
def test_pollution_stays(any_suite: Suite, pollution: str) -> None:
    pollute, check = POLLUTIONS[pollution]
    any_suite.write(
        test_a=f"""
            import asyncio, os, pathlib, sys, threading, time

            BASELINE = pathlib.Path(__file__).with_name("baseline")

            def open_descriptors():
                return len(os.listdir("/proc/self/fd"))

            def test_a_baseline():
                count = open_descriptors()
                BASELINE.write_text(str(count))

            def test_b_pollutes():
                {pollute}

            def test_c_is_not_reached():
                {check}
        """
    )
    assert any_suite.run_in_process("-W", "ignore").outcome_of("test_c_is_not_reached")["call"] == "failed"
    assert any_suite.run("--isolated-loop-mode=all", "--isolated-loop-leaks=ignore").outcomes == {"passed": 3}


def test_each_test_has_a_process_of_its_own(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import os
            import pytest

            @pytest.mark.parametrize("number", range(5))
            async def test_pid(number, record_property):
                record_property("pid", os.getpid())

            def test_host(record_property):
                record_property("pid", os.getpid())
        """
    )
    run = any_suite.run("--isolated-loop", "--isolated-loop-workers=2")
    pids = [each["user_properties"][0][1] for each in run.reports if each["when"] == "call"]
    assert len(set(pids)) == 6


def test_workers_share_no_open_file_with_each_other_or_the_host(suite: Suite) -> None:
    # Two descriptors share an open file description if a seek or a status flag set on one shows on the other.
    suite.write(
        test_a="""
            import fcntl, os
            import pytest

            @pytest.mark.parametrize("attempt", range(3))
            async def test_capture_file(attempt):
                assert os.lseek(1, 0, os.SEEK_CUR) == 0
                os.write(1, b"x" * 100)
                fcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK | fcntl.fcntl(1, fcntl.F_GETFL))
                assert not fcntl.fcntl(2, fcntl.F_GETFL) & os.O_NONBLOCK

            def test_host_is_untouched():
                assert os.lseek(1, 0, os.SEEK_CUR) == 0
                assert not fcntl.fcntl(1, fcntl.F_GETFL) & os.O_NONBLOCK
        """
    )
    assert suite.run("--isolated-loop").outcomes == {"passed": 4}


def test_hooks_of_the_user_fire_once_and_where_they_belong(any_suite: Suite) -> None:
    any_suite.write(
        conftest="""
            import os
            import pytest

            def is_host():
                return str(os.getpid()) == os.environ["REPORT_LOG_PID"]

            def log(name):
                where = "host" if is_host() else "worker"
                with open("hooks", "a") as file:
                    file.write(f"{name} {where}\\n")

            def pytest_runtest_logstart(nodeid): log("logstart")
            def pytest_runtest_setup(item): log("setup")
            def pytest_runtest_call(item): log("call")
            def pytest_runtest_teardown(item): log("teardown")
            def pytest_runtest_makereport(item, call): log(f"makereport {call.when}")
            def pytest_runtest_logreport(report): log(f"logreport {report.when}")
            def pytest_exception_interact(node): log("exception_interact")
            def pytest_runtest_logfinish(nodeid): log("logfinish")
            def pytest_sessionstart(session):
                if is_host(): log("sessionstart")
            def pytest_sessionfinish(session): log("sessionfinish")
        """,
        test_a="async def test_a():\n    assert 0\n",
    )
    any_suite.run("--isolated-loop")
    lines = (any_suite.path / "hooks").read_text().splitlines()
    in_worker = [line.removesuffix(" worker") for line in lines if line.endswith(" worker")]
    in_host = [line.removesuffix(" host") for line in lines if line.endswith(" host")]
    assert in_worker == [
        "setup",
        "makereport setup",
        "call",
        "makereport call",
        "exception_interact",
        "teardown",
        "makereport teardown",
    ]
    assert in_host == [
        "sessionstart",
        "logstart",
        "logreport setup",
        "logreport call",
        "logreport teardown",
        "logfinish",
        "sessionfinish",
    ]
