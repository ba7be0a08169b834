"""What a test tells pytest other than by passing and failing: it reaches the host, and costs one test at most."""

from __future__ import annotations

import pytest

from .conftest import Suite


@pytest.mark.parametrize(("attribute", "code"), [("shouldstop", 2), ("shouldfail", 1)])
def test_a_test_stops_the_session(any_suite: Suite, attribute: str, code: int) -> None:
    any_suite.write(
        test_a=f"""
            def test_stops(request):
                request.session.{attribute} = "enough of it"

            def test_never_runs():
                pass
        """
    )
    runs = [any_suite.run_in_process(), any_suite.run("--isolated-loop-mode=all")]
    for run in runs:
        assert run.result.ret == code
        assert run.outcomes == {"passed": 1}
        assert "enough of it" in run.stdout


def test_live_log_and_log_file(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import logging
            from isolated_async import isolated_loop

            def test_logs():
                logging.getLogger("here").error("something happened")

            @isolated_loop(False)
            def test_in_the_host():
                logging.getLogger("here").error("something else")

            def test_logs_too():
                logging.getLogger("here").error("and more")
        """
    )
    for mode in ("off", "all"):
        run = any_suite.run("--log-cli-level=INFO", "--log-file=out.log", f"--isolated-loop-mode={mode}")
        assert run.outcomes == {"passed": 3}
        assert run.stdout.count("live log call") == 3
        assert "something happened" in run.stdout
        logged = [line.rpartition("] ")[2] or line for line in (any_suite.path / "out.log").read_text().splitlines()]
        assert [" ".join(line.split()[-2:]) for line in logged] == ["something happened", "something else", "and more"]


def test_terminal_writes_of_a_test_arrive_at_their_place(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            def test_writes(request):
                request.config.pluginmanager.getplugin("terminalreporter").write_line("HELLO FROM THE TEST")

            def test_host(capfd):
                assert capfd.readouterr().out == ""
        """
    )
    run = any_suite.run("--isolated-loop-mode=all", "-v")
    assert run.stdout.index("test_writes") < run.stdout.index("HELLO FROM THE TEST") < run.stdout.index("test_host")


def test_warnings_of_any_class(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import warnings

            class TwoArguments(UserWarning):
                def __new__(cls, first, second):
                    return super().__new__(cls, first, second)

                def __init__(self, first, second):
                    super().__init__(first)

            async def test_own_class():
                warnings.warn(TwoArguments("spoken", "kept"))

            async def test_local_class():
                class Local(DeprecationWarning):
                    pass

                warnings.warn(Local("locally"))

            async def test_never_awaited():
                async def forgotten():
                    pass

                forgotten()
        """
    )
    run = any_suite.run("--isolated-loop", "-W", "default")
    assert run.outcomes == {"passed": 3, "warnings": 3}
    for text in ("TwoArguments: spoken", "Local: locally", "forgotten' was never awaited"):
        assert text in run.stdout
    assert run.stdout.index("test_a.py::test_never_awaited") < run.stdout.index("was never awaited")


def test_what_cannot_be_replayed_costs_one_test(any_suite: Suite) -> None:
    any_suite.write(
        conftest="""
            import os

            def pytest_runtest_logreport(report):
                if "first" in str(report.nodeid) and report.when == "call":
                    raise ValueError("from a hook of the host")
        """,
        test_a="async def test_first():\n    pass\n\nasync def test_second():\n    pass\n",
    )
    run = any_suite.run("--isolated-loop")
    assert run.result.ret == 1
    assert "internal error of isolated-async: what the worker reported cannot be replayed" in run.text_of("first")
    assert "from a hook of the host" in run.text_of("first")
    assert run.outcome_of("second")["call"] == "passed"


@pytest.mark.parametrize("method", ["signal", "thread"])
def test_the_timer_of_pytest_timeout_is_not_armed_in_the_host(suite: Suite, method: str) -> None:
    suite.write(
        test_a="""
            import time

            async def test_hangs():
                time.sleep(30)

            async def test_after():
                pass
        """
    )
    run = suite.run("--isolated-loop", "--timeout=1", f"--timeout-method={method}")
    assert run.outcome_of("test_hangs")["call"] == "failed"
    assert run.outcome_of("test_after")["call"] == "passed"


def test_warnings_as_errors(any_suite: Suite) -> None:
    any_suite.write(test_a="async def test_a():\n    pass\n")
    assert any_suite.run("--isolated-loop", "-W", "error").outcomes == {"passed": 1}


def test_without_the_plugins_that_pytest_itself_has(any_suite: Suite) -> None:
    any_suite.write(test_a="async def test_a():\n    pass\n\ndef test_b():\n    pass\n")
    for name in ("tmpdir", "cacheprovider", "logging", "warnings", "capture", "unraisableexception", "faulthandler"):
        run = any_suite.run("--isolated-loop", "-p", f"no:{name}", "-o", "filterwarnings=")
        assert run.outcomes == {"passed": 2}, name


def test_a_worker_that_takes_long_to_leave_has_passed(suite: Suite) -> None:
    suite.write(
        test_a="""
            import os, subprocess
            from isolated_async import isolated_loop

            @isolated_loop(timeout=1)
            def test_a():
                zygote = os.getppid()
                script = f"kill -STOP {zygote}; sleep 2; kill -CONT {zygote}"
                subprocess.Popen(["sh", "-c", script], start_new_session=True)
        """
    )
    assert suite.run("--isolated-loop-leaks=ignore").outcomes == {"passed": 1}


def test_free_workers_go_on_while_the_host_waits(suite: Suite) -> None:
    # The slow first test ends only when all others, more than there are workers, have run.
    suite.write(
        test_a="""
            import os, time
            import pytest

            async def test_slow():
                end = time.monotonic() + 30
                while not all(os.path.exists(f"ran{number}") for number in range(8)):
                    assert time.monotonic() < end
                    time.sleep(0.01)

            @pytest.mark.parametrize("number", range(8))
            async def test_quick(number):
                open(f"ran{number}", "w").close()
        """
    )
    assert suite.run("--isolated-loop", "--isolated-loop-workers=2").outcomes == {"passed": 9}


def test_uncaptured_output_appears_while_the_test_runs(any_suite: Suite) -> None:
    # The test ends only when what it has printed was read at the terminal's end.
    any_suite.write(
        test_a="""
            import os, time

            async def test_a():
                print("spoken")
                end = time.monotonic() + 30
                while not os.path.exists("heard"):
                    assert time.monotonic() < end
                    time.sleep(0.01)
        """
    )
    with any_suite.start("-s", "--isolated-loop") as host:
        assert host.stdout is not None
        for line in host.stdout:
            if "spoken" in line:
                (any_suite.path / "heard").touch()
    assert host.returncode == 0
