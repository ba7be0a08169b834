"""Sync code that runs a loop, or waits for one, under a test that is running on it."""

from __future__ import annotations

import json
import textwrap

import pytest

from ..behaviour.conftest import Suite
from .pattern import AUTO, FALSE_GREEN, PASSED, PLAIN, STRICT, Pattern, check, every, failed

_RUN = "asyncio.run() cannot be called from a running event loop"
_ALREADY_RUNNING = "This event loop is already running"
_ANOTHER = "Cannot run the event loop while another loop is running"

_NESTED = {
    "test_run": failed(_RUN),
    "test_run_until_complete": failed(_ALREADY_RUNNING),
    "TestNewLoop::test_new_loop": failed(_ANOTHER),
    "TestInherited::test_new_loop": failed(_ANOTHER),
}

_WORK_AROUND = {
    "test_future": failed("attached to a different loop"),
    "test_context": failed("'unset' == 'set'"),
    "TestTask::test_background_task": failed("CancelledError"),
}

PATTERNS = (
    Pattern(
        "p12",
        "a test awaits nothing and calls a sync API that runs a loop",
        """
        async def fetch():
            return 1

        class Client:
            def fetch(self, run):
                return run(fetch())

        async def test_run():
            ran()
            assert Client().fetch(asyncio.run) == 1

        async def test_run_until_complete():
            ran()
            assert Client().fetch(asyncio.get_event_loop().run_until_complete) == 1

        class TestNewLoop:
            async def test_new_loop(self):
                ran()
                loop = asyncio.new_event_loop()
                try:
                    assert Client().fetch(loop.run_until_complete) == 1
                finally:
                    loop.close()

        class TestInherited(TestNewLoop):
            async def test_new_loop(self):
                await super().test_new_loop()
        """,
        in_process=_NESTED,
        isolated=_NESTED,
        in_process_arguments=AUTO,
        isolated_arguments=PLAIN,
    ),
    Pattern(
        "p16",
        "asyncio.run in a thread, as a way around a running loop",
        """
        from concurrent.futures import ThreadPoolExecutor

        VARIABLE = contextvars.ContextVar("variable", default="unset")

        def run_anyway(coroutine):
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(asyncio.run, coroutine).result()

        async def make_future():
            return asyncio.get_running_loop().create_future()

        async def read():
            return VARIABLE.get()

        async def start():
            return asyncio.create_task(asyncio.sleep(5))

        async def test_future():
            ran()
            await run_anyway(make_future())

        async def test_context():
            ran()
            VARIABLE.set("set")
            assert run_anyway(read()) == "set"

        class TestTask:
            async def test_background_task(self):
                ran()
                run_anyway(start()).result()
        """,
        in_process=_WORK_AROUND,
        isolated=_WORK_AROUND,
        in_process_arguments=AUTO,
        isolated_arguments=PLAIN,
    ),
    Pattern(
        "p16b",
        "a test waits in the loop's own thread for what only that loop can do",
        """
        async def answer():
            return 1

        class Case(unittest.TestCase):
            def setUp(self):
                self.loop = asyncio.get_event_loop()

            def call(self):
                return asyncio.run_coroutine_threadsafe(answer(), self.loop).result()  # in a helper

            async def test_hangs(self):
                self.call()

        async def test_hangs():
            loop = asyncio.get_running_loop()
            asyncio.run_coroutine_threadsafe(answer(), loop).result()  # the blocked line

        async def test_after():
            ran()
        """,
        # Without pytest-timeout the run would never end.
        in_process={
            "test_hangs": failed("Timeout"),
            "Case::test_hangs": FALSE_GREEN,
            "test_after": PASSED,
        },
        isolated={
            "test_hangs": failed("the blocked line"),
            "Case::test_hangs": failed("in a helper"),
            "test_after": PASSED,
        },
        in_process_arguments=("--timeout=0.5", "--timeout-method=signal", *AUTO),
        isolated_arguments=("--isolated-loop-timeout=0.5", *STRICT),
    ),
    Pattern(
        "p27",
        "a test asks its own loop's future for a result without awaiting it",
        """
        async def test_result():
            ran()
            asyncio.create_task(asyncio.sleep(0)).result()  # too early

        async def test_exception():
            ran()
            asyncio.get_running_loop().create_future().exception()  # too early

        class TestMethods:
            @staticmethod
            async def test_static():
                ran()
                asyncio.ensure_future(asyncio.sleep(0)).result()  # too early
        """,
        in_process=every("test_result test_exception TestMethods::test_static", failed("# too early")),
        isolated=every("test_result test_exception TestMethods::test_static", failed("# too early")),
        in_process_arguments=AUTO,
    ),
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_pattern(suite: Suite, pattern: Pattern) -> None:
    check(suite, pattern)


_HOSTS = {
    "coroutine": """
        async def main():
            return pytest.main(arguments)

        code = asyncio.run(main())
    """,
    "callback": """
        loop = asyncio.new_event_loop()
        codes = []

        def run():
            codes.append(pytest.main(arguments))
            loop.stop()

        loop.call_soon(run)
        loop.run_forever()
        (code,) = codes
    """,
}


@pytest.mark.parametrize("host", _HOSTS)
def test_p35_pytest_inside_a_running_loop(suite: Suite, host: str) -> None:
    """As in a notebook, or after a library that leaves its loop running under sync code."""
    suite.write(
        test_pattern="""
            import asyncio, unittest

            async def test_function():
                await asyncio.sleep(0)

            class Case(unittest.IsolatedAsyncioTestCase):
                async def test_case(self):
                    await asyncio.sleep(0)
        """
    )
    for mode in ("off", "async"):
        suite.write(
            script="import asyncio, sys\nimport pytest\n\n"
            f"arguments = ['-p', 'report_log', '--isolated-loop-mode={mode}', '-p', 'no:anyio',\n"
            "             '--asyncio-mode=auto', 'test_pattern.py']\n"
            + textwrap.dedent(_HOSTS[host])
            + "sys.exit(code)\n"
        )
        log = suite.path / "reports.jsonl"
        log.unlink(missing_ok=True)
        finished = suite.run_script(suite.path / "script.py")
        reports = [json.loads(line) for line in log.read_text().splitlines()]
        failures = [report for report in reports if report["outcome"] == "failed"]
        if mode == "off":
            assert {report["nodeid"] for report in failures} == {
                "test_pattern.py::test_function",
                "test_pattern.py::Case::test_case",
            }, finished.stdout
            assert all("running event loop" in each["text"] or _ANOTHER in each["text"] for each in failures)
        else:
            assert finished.returncode == 0, finished.stdout
            assert not failures
            assert sum(report["when"] == "call" for report in reports) == 2
