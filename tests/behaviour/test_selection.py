"""Which tests are isolated, and what the terminal says about it."""

from __future__ import annotations

import pytest

from ..start_method import start_method
from .conftest import Suite

#: Each test passes if it runs where its name says.
WHERE = """
    import asyncio, functools, os, unittest
    import pytest
    from isolated_async import isolated_loop

    HOST = int(os.environ["REPORT_LOG_PID"])

    def in_worker():
        return os.getpid() != HOST
"""

ONE_TEST = """
    def test_one():
        assert in_worker()
"""

MARKED = (
    WHERE
    + """
    @isolated_loop
    def test_worker_bare():
        assert in_worker()

    @isolated_loop()
    def test_worker_called():
        assert in_worker()

    @isolated_loop(timeout=20)
    async def test_worker_with_option():
        assert in_worker()

    @pytest.mark.isolated_loop
    async def test_worker_by_pytest_mark():
        assert in_worker()

    def test_host_unmarked():
        assert not in_worker()

    @isolated_loop
    class TestMarkedClass:
        def test_worker_in_class(self):
            assert in_worker()

        @isolated_loop(False)
        def test_host_opted_out(self):
            assert not in_worker()

    @isolated_loop(False)
    class TestOptedOutClass:
        @isolated_loop
        def test_worker_closer_marker(self):
            assert in_worker()

        def test_host_in_class(self):
            assert not in_worker()

    @isolated_loop
    class MarkedCase(unittest.TestCase):
        def test_worker_in_test_case(self):
            self.assertTrue(in_worker())
"""
)

ASYNC = (
    WHERE
    + """
    @pytest.fixture
    async def async_value():
        return 1

    @pytest.fixture
    def above(async_value):
        return async_value

    async def test_worker_coroutine():
        assert in_worker()

    def test_worker_with_async_fixture(above):
        assert in_worker() and above == 1

    def test_host_sync():
        assert not in_worker()

    @functools.wraps(test_worker_coroutine)
    def test_worker_sync_wrapper():
        assert in_worker()

    class TestStatic:
        @staticmethod
        async def test_worker_static():
            assert in_worker()

    class Plain(unittest.TestCase):
        def test_host_plain_case(self):
            assert not in_worker()

    class WithAsyncHook(unittest.TestCase):
        async def asyncSetUp(self):
            pass

        def test_worker_sync_test_of_async_case(self):
            assert in_worker()

    class WithAsyncTest(unittest.TestCase):
        async def test_worker_async(self):
            assert in_worker()

        def test_worker_neighbour(self):
            assert in_worker()

    class Isolated(unittest.IsolatedAsyncioTestCase):
        def test_worker_sync_in_isolated(self):
            assert in_worker()

        async def test_worker_async_in_isolated(self):
            assert in_worker()

    @isolated_loop(False)
    @pytest.mark.skipif(not in_worker(), reason="runs nowhere")
    async def test_host_opted_out():
        raise AssertionError
"""
)

MARKER_ONLY = (
    WHERE
    + """
    @pytest.mark.{name}
    def test_worker_because_of_marker():
        assert in_worker()
"""
)

TORNADO = (
    WHERE
    + """
    from tornado.testing import AsyncTestCase

    class Case(AsyncTestCase):
        def test_worker_tornado(self):
            self.assertTrue(in_worker())
"""
)


def test_marked(any_suite: Suite) -> None:
    any_suite.write(test_where=MARKED)
    run = any_suite.run()
    assert run.outcomes == {"passed": 10}
    summary = f"7 of 10 tests isolated (mode marked), 1 worker at a time, start method {start_method()}"
    assert f"isolated-loop: {summary}" in run.stdout


def test_marks_of_parameters_and_of_subclasses(any_suite: Suite) -> None:
    """The closest marker holds, for each of its arguments."""
    any_suite.write(
        test_where=WHERE
        + """
    import time, uvloop

    @isolated_loop(timeout=20)
    @pytest.mark.parametrize("where", [
        "worker",
        pytest.param("host", marks=isolated_loop(False)),
        pytest.param("worker", marks=[isolated_loop, pytest.mark.xfail(strict=True)], id="xfail"),
    ])
    def test_parameters(where, request):
        assert in_worker() == (where == "worker")
        assert "xfail" not in request.node.callspec.id

    @isolated_loop(False)
    @pytest.mark.parametrize("where", ["host", pytest.param("worker", marks=isolated_loop)])
    def test_parameters_opt_in(where):
        assert in_worker() == (where == "worker")

    @isolated_loop(timeout=20, loop_factory=uvloop.new_event_loop)
    class TestBase:
        kind = uvloop.Loop

        async def test_worker_kind(self):
            assert in_worker()
            assert type(asyncio.get_running_loop()) is self.kind

    class TestInherits(TestBase):
        pass

    @isolated_loop(loop_factory=asyncio.SelectorEventLoop)
    class TestWins(TestBase):
        kind = asyncio.SelectorEventLoop

    @isolated_loop(False)
    class TestOptsOut(TestBase):
        async def test_worker_kind(self):
            raise AssertionError

        def test_host(self):
            assert not in_worker()

    @isolated_loop(timeout=0.2)
    class TestShorter(TestBase):
        async def test_worker_kind(self):
            await asyncio.sleep(20)
"""
    )
    run = any_suite.run("-p", "no:asyncio", "-p", "no:anyio", "-W", "ignore::pytest.PytestConfigWarning")
    assert "in process" not in run.stdout
    failed = {report["nodeid"].partition("::")[2] for report in run.reports if report["outcome"] == "failed"}
    # In the host nothing drives it.
    failed -= {"TestOptsOut::test_worker_kind"}
    assert failed == {"TestShorter::test_worker_kind"}, run.stdout
    assert "0.2" in run.text_of("TestShorter::test_worker_kind")
    assert (run.outcomes["passed"], run.outcomes["xfailed"]) == (8, 1)


def test_module_marker(suite: Suite) -> None:
    suite.write(test_where=f"{WHERE}\n    pytestmark = isolated_loop\n{ONE_TEST}")
    assert suite.run().outcomes == {"passed": 1}


@pytest.mark.parametrize("option", ["--isolated-loop", "--isolated-loop-mode=async", "ini"])
def test_async(suite: Suite, option: str) -> None:
    suite.write(test_where=ASYNC)
    if option == "ini":
        suite.ini("isolated_loop_mode = async")
        run = suite.run()
    else:
        # The flag takes no value: what follows it is a path.
        run = suite.run(option, "test_where.py")
    assert run.outcomes == {"passed": 11, "skipped": 1}, run.stdout
    assert "isolated-loop: not isolated: 2 (not async)" in run.stdout
    assert "isolated-loop: not isolated: 1 (opted out by @isolated_loop(False))" in run.stdout


@pytest.mark.parametrize("name", ["asyncio", "anyio", "trio"])
def test_async_markers(suite: Suite, name: str) -> None:
    suite.write(test_where=MARKER_ONLY.format(name=name))
    suite.ini(f"markers = {name}: for this test")
    run = suite.run("--isolated-loop", "-p", "no:asyncio", "-W", "ignore")
    assert run.outcomes == {"passed": 1}


def test_tornado(suite: Suite) -> None:
    suite.write(test_where=TORNADO)
    assert suite.run("--isolated-loop").outcomes == {"passed": 1}


def test_all_and_off(suite: Suite) -> None:
    suite.write(test_where=f"{WHERE}\n    @isolated_loop{ONE_TEST}")
    assert suite.run("--isolated-loop-mode=all").outcomes == {"passed": 1}
    run = suite.run("--isolated-loop-mode=off")
    assert run.outcomes == {"failed": 1}
    assert "isolated-loop: not isolated: 1 (--isolated-loop-mode=off)" in run.stdout


def test_command_line_wins_over_ini(suite: Suite) -> None:
    suite.ini("isolated_loop_mode = off", "isolated_loop_workers = 7")
    suite.write(test_where=WHERE + ONE_TEST)
    run = suite.run("--isolated-loop-mode=all", "--isolated-loop-workers=2")
    assert run.outcomes == {"passed": 1}
    assert "2 workers at a time" in run.stdout


def test_verbose_header_names_what_is_not_isolated(suite: Suite) -> None:
    suite.write(
        test_where="".join(f"def test_sync_{n}():\n    pass\n\n" for n in range(7)) + "async def test_a():\n    pass\n"
    )
    assert "test_where.py::test_sync_0" not in suite.run("--isolated-loop").stdout
    verbose = suite.run("--isolated-loop", "-v").stdout
    assert "    test_where.py::test_sync_4\n    ... and 2 more (-vv names them)\n" in verbose
    assert "    test_where.py::test_sync_6\n" in suite.run("--isolated-loop", "-vv").stdout


def test_nothing_is_said_where_nobody_asked(suite: Suite) -> None:
    suite.write(test_plain="def test_plain():\n    pass\n")
    assert "isolated-loop" not in suite.run().stdout


def test_header_says_why_the_host_is_not_forked(pytester: pytest.Pytester) -> None:
    suite = Suite(pytester, "fresh")
    suite.write(test_a="async def test_a():\n    pass\n")
    run = suite.run("--isolated-loop", "--isolated-loop-start=auto")
    assert run.outcomes == {"passed": 1}
    assert (
        "workers fork from a fresh interpreter that collects by itself: this process has 2 threads (background)"
        in run.stdout
    )


def test_inside_a_running_loop(suite: Suite) -> None:
    suite.write(
        test_a="import asyncio\n\nasync def test_a():\n    await asyncio.sleep(0)\n",
        main="""
            import asyncio, sys
            import pytest

            async def main():
                return pytest.main(["--isolated-loop", "-p", "report_log", "test_a.py"])

            sys.exit(asyncio.run(main()))
        """,
    )
    result = suite.run_script(suite.path / "main.py", suite.path)
    assert result.returncode == 0
    assert "pytest was started inside a running event loop" in result.stdout
    assert "1 passed" in result.stdout


def test_under_xdist(suite: Suite) -> None:
    suite.write(
        test_where=WHERE
        + """
    def test_host():
        assert os.environ["PYTEST_XDIST_WORKER"] in ("gw0", "gw1")

    @pytest.mark.parametrize("number", range(6))
    async def test_worker(number, worker_id, tmp_path):
        assert worker_id == os.environ["PYTEST_XDIST_WORKER"]
        assert f"popen-{worker_id}" in str(tmp_path)
    """
    )
    run = suite.run("-n2", "--isolated-loop")
    assert run.outcomes == {"passed": 7}
    assert run.result.ret == 0
