"""Several cases in flight, isolated and other tests mixed, and suites that collect differently on the worker side."""

from __future__ import annotations

from ..start_method import start_method
from .conftest import Suite


def test_results_come_in_collection_order(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import asyncio
            import pytest

            @pytest.mark.parametrize("number", range(6))
            async def test_a(number):
                # Later ones are done first.
                await asyncio.sleep(0.3 - number * 0.05)

            def test_b():
                pass

            async def test_c():
                pass
        """
    )
    run = any_suite.run("--isolated-loop", "--isolated-loop-workers=3")
    called = [each["nodeid"].split("::")[1] for each in run.reports if each["when"] == "call"]
    assert called == [*(f"test_a[{number}]" for number in range(6)), "test_b", "test_c"]


OVERLAP = """
    import os, time
    import pytest

    def meet(name, others):
        open(name, "w").close()
        end = time.monotonic() + {patience}
        while not all(os.path.exists(other) for other in others):
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    async def test_first():
        assert meet("first", ["second", "host"]) is {meets}

    def test_host():
        assert meet("host", []) is True

    async def test_second():
        assert meet("second", ["first"]) is True
"""


def test_workers_run_at_the_same_time_and_meanwhile_the_host_goes_on(suite: Suite) -> None:
    # The first case waits for the second and for the host's test, which comes between them.
    suite.write(test_a=OVERLAP.replace('["second", "host"]', '["second"]').format(patience=20, meets=True))
    assert suite.run("--isolated-loop", "--isolated-loop-workers=2").outcomes == {"passed": 3}


def test_one_worker_runs_nothing_at_the_same_time(suite: Suite) -> None:
    suite.write(test_a=OVERLAP.format(patience=0.5, meets=False))
    assert suite.run("--isolated-loop").outcomes == {"passed": 3}


def test_the_host_runs_its_test_while_a_case_is_in_flight(suite: Suite) -> None:
    suite.write(
        test_a="""
            import os, time

            def test_host_first():
                pass

            def test_host_waits_for_the_case():
                end = time.monotonic() + 20
                while not os.path.exists("case"):
                    assert time.monotonic() < end
                    time.sleep(0.01)

            async def test_case():
                open("case", "w").close()
        """
    )
    assert suite.run("--isolated-loop", "--isolated-loop-workers=2").outcomes == {"passed": 3}


def test_a_case_that_waits_for_the_busy_host_is_not_timed_out(suite: Suite) -> None:
    suite.write(
        test_a="""
            import sys, time

            def test_host_first():
                pass

            def test_host_is_busy():
                time.sleep(2)

            async def test_writes_more_than_fits_into_a_socket():
                print("x" * 3_000_000)
                assert 0
        """
    )
    run = suite.run("--isolated-loop", "--isolated-loop-workers=2", "--isolated-loop-timeout=1", "--tb=no")
    assert run.outcomes == {"passed": 2, "failed": 1}
    assert "Timeout" not in run.text_of("fits_into_a_socket")
    assert len(run.text_of("fits_into_a_socket")) > 3_000_000


def test_first_failure_stops_and_leaves_no_other_started_result(any_suite: Suite) -> None:
    any_suite.write(test_a="".join(f"async def test_{number}():\n    assert {number} != 1\n\n" for number in range(6)))
    run = any_suite.run("--isolated-loop", "--isolated-loop-workers=3", "-x")
    assert run.outcomes == {"passed": 1, "failed": 1}
    assert run.result.ret == 1
    assert "stopping after 1 failures" in run.stdout


def test_fixtures_of_the_host_are_torn_down_around_isolated_tests(any_suite: Suite) -> None:
    any_suite.write(
        conftest="""
            import os
            import pytest

            @pytest.fixture(scope="module")
            def of_the_module(request):
                where = "host" if str(os.getpid()) == os.environ["REPORT_LOG_PID"] else "worker"
                open("log", "a").write(f"{where} up {request.module.__name__}\\n")
                yield
                open("log", "a").write(f"{where} down {request.module.__name__}\\n")
        """,
        test_a="""
            def test_1(of_the_module): pass
            async def test_2(of_the_module): pass
            def test_3(of_the_module): pass
            async def test_4(of_the_module): pass
        """,
        test_b="""
            async def test_1(of_the_module): pass
            def test_2(of_the_module): pass
        """,
    )
    run = any_suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 6}
    in_host = [line for line in (any_suite.path / "log").read_text().splitlines() if line.startswith("host")]
    assert in_host == ["host up test_a", "host down test_a", "host up test_b", "host down test_b"]


def test_a_failing_fixture_of_the_host_is_reported(suite: Suite) -> None:
    suite.write(
        test_a="""
            import pytest

            @pytest.fixture(scope="module")
            def breaks():
                yield
                raise RuntimeError("torn down in the host")

            def test_1(breaks): pass
            async def test_2(): pass
        """,
        test_b="def test_3(): pass",
    )
    run = suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 3, "errors": 1}
    assert "torn down in the host" in run.text_of("test_a.py::test_2")


DIFFERENT = """
    import os
    import pytest

    HERE = "host" if str(os.getpid()) == os.environ["REPORT_LOG_PID"] else "worker"

    @pytest.mark.parametrize("where", ["both", HERE])
    async def test_a(where):
        pass
"""


def test_a_suite_that_collects_differently_is_an_error_for_each_test(pytester: object, any_suite: Suite) -> None:
    any_suite.write(test_a=DIFFERENT)
    run = any_suite.run("--isolated-loop")
    if start_method() == "spawn":
        # A spawned worker collects for one test.
        assert run.outcomes == {"passed": 1, "errors": 1}
        assert "a fresh interpreter could not load it" in run.text_of("[host]")
        return
    if any_suite.zygote == "forked":
        # A forked zygote collected nothing by itself.
        assert run.outcomes == {"passed": 2}
        return
    assert run.result.ret == 1
    assert run.outcomes == {"passed": 1, "errors": 2}
    assert "could not start: the worker side collected no test 'test_a.py::test_a[host]'" in run.text_of("[host]")
    assert "only the worker side collected this test" in run.text_of("[worker]")


def test_duplicate_items(any_suite: Suite) -> None:
    any_suite.write(test_a="async def test_a():\n    pass\n")
    arguments = ("--keep-duplicates", "test_a.py", "test_a.py")
    collected = any_suite.run("--collect-only", "-q", *arguments).stdout.count("test_a.py::test_a")
    assert collected == 2
    run = any_suite.run("--isolated-loop", *arguments)
    assert run.outcomes == {"passed": collected}
    assert run.result.ret == 0
