"""A stage whose time is up, whatever drives it: it is blamed, it can clean up, and its teardown runs."""

from __future__ import annotations

import pytest

from .conftest import Suite

_DRIVERS = {
    "our own": ("async def test_hangs(torn_down):", "asyncio", ()),
    "pytest-asyncio": ("@pytest.mark.asyncio\nasync def test_hangs(torn_down):", "asyncio", ()),
    "anyio on asyncio": ("@pytest.mark.anyio\nasync def test_hangs(torn_down, anyio_backend):", "asyncio", ()),
    "uvloop": ("async def test_hangs(torn_down):", "asyncio", ("--isolated-loop-factory=uvloop.new_event_loop",)),
    "pytest-asyncio on uvloop": (
        "@pytest.fixture(scope='session')\ndef event_loop_policy():\n    import uvloop\n"
        "    return uvloop.EventLoopPolicy()\n"
        "@pytest.mark.asyncio\nasync def test_hangs(torn_down):",
        "asyncio",
        ("-W", "ignore::DeprecationWarning"),
    ),
    "trio": ("@pytest.mark.trio\nasync def test_hangs(torn_down):", "trio", ("-p", "trio")),
}


@pytest.mark.parametrize("driver", _DRIVERS)
def test_the_teardown_runs_whatever_drives_the_test(suite: Suite, driver: str) -> None:
    head, library, arguments = _DRIVERS[driver]
    suite.write(
        test_a=f"""
import asyncio, pytest

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.fixture
def torn_down():
    yield
    print("the teardown has run")

{head}
    import {library}
    try:
        await {library}.sleep(60)
    finally:
        print("cleaned up")
"""
    )
    run = suite.run("--isolated-loop", "--isolated-loop-timeout=0.5", *arguments)
    assert run.outcome_of("test_hangs") == {"setup": "passed", "call": "failed", "teardown": "passed"}, run.stdout
    text = run.text_of("test_hangs")
    assert "Timeout: call took longer than 0.5 s" in text
    # Trio has no task that could be cancelled from outside: its run is broken off, and what it leaves is garbage.
    assert "cleaned up" in text or driver == "trio"
    assert "the teardown has run" in text


def test_a_unittest_is_torn_down(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, unittest

            class TestIt(unittest.IsolatedAsyncioTestCase):
                async def asyncTearDown(self):
                    print("torn down")

                async def test_hangs(self):
                    self.addCleanup(print, "cleaned up")
                    await asyncio.sleep(60)

            class TestSync(unittest.TestCase):
                def tearDown(self):
                    print("torn down")

                async def test_hangs_too(self):
                    self.addCleanup(print, "cleaned up")
                    await asyncio.sleep(60)
        """
    )
    run = suite.run("--isolated-loop", "--isolated-loop-timeout=0.5")
    for test in ("::test_hangs", "::test_hangs_too"):
        assert run.outcome_of(test) == {"setup": "passed", "call": "failed", "teardown": "passed"}, run.stdout
        text = run.text_of(test)
        assert "Timeout: call took longer than 0.5 s" in text
        assert text.index("torn down") < text.index("cleaned up")


def test_what_a_timeout_leaves_is_no_leak_and_an_expected_one_is_expected(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, pytest

            kept = []

            async def test_leaves_a_task():
                kept.append(asyncio.create_task(asyncio.sleep(60)))
                await asyncio.sleep(60)

            @pytest.mark.xfail(reason="slow")
            async def test_expected():
                await asyncio.sleep(60)

            @pytest.mark.xfail(raises=ValueError)
            async def test_not_expected():
                await asyncio.sleep(60)

            @pytest.mark.xfail
            async def test_swallows():
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    return
        """
    )
    run = suite.run("--isolated-loop", "--isolated-loop-timeout=0.3", "--isolated-loop-leaks=error")
    assert run.outcomes == {"failed": 2, "xfailed": 2}, run.stdout


def test_no_skip_and_no_xfail_covers_a_timeout(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, pytest

            async def hang(instead):
                try:
                    await asyncio.sleep(60)
                except BaseException:
                    instead("instead")

            @pytest.fixture
            async def hangs(request):
                await hang(request.param)

            outcomes = pytest.mark.parametrize("instead", [pytest.skip, pytest.xfail])

            @outcomes
            async def test_in_call(instead):
                await hang(instead)

            @pytest.mark.parametrize("hangs", [pytest.skip, pytest.xfail], indirect=True)
            async def test_in_setup(hangs):
                pass

            async def test_marked_while_it_runs(request):
                request.applymarker(pytest.mark.xfail(reason="slow"))
                await asyncio.sleep(60)
        """
    )
    run = suite.run("--isolated-loop", "--isolated-loop-timeout=0.3", "-rsx")
    assert run.outcomes == {"failed": 2, "errors": 2, "xfailed": 1}, run.stdout
    assert "INTERNALERROR" not in run.stdout + run.stderr
    run.result.stdout.fnmatch_lines(["*short test summary info*", "XFAIL test_a.py::test_marked_while_it_runs - slow"])


def test_the_rest_of_a_group_gets_a_new_worker(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, os, pytest
            from isolated_async import isolated_loop

            pytestmark = isolated_loop(scope="module", timeout=0.5)

            @pytest.fixture(scope="module")
            def shared():
                print("set up in", os.getpid())
                yield os.getpid()
                with open("torn_down", "a") as file:
                    file.write(f"{os.getpid()}\\n")

            async def test_hangs(shared):
                await asyncio.sleep(60)

            async def test_goes_on(shared):
                assert shared == os.getpid()

            async def test_together(shared):
                assert shared == os.getpid()
        """
    )
    run = suite.run()
    assert run.outcomes == {"failed": 1, "passed": 2}, run.stdout
    assert len((suite.path / "torn_down").read_text().split()) == 2


def test_a_rerun_after_a_timeout_may_pass(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, os

            async def test_passes_at_last():
                with open("attempts", "a+") as file:
                    file.write("x")
                    file.seek(0)
                    attempt = len(file.read())
                await asyncio.sleep(60 if attempt == 1 else 0)
        """
    )
    # With xdist installed, pytest-rerunfailures has a thread, which only waits: the host is forked all the same.
    run = suite.run("--isolated-loop", "--isolated-loop-timeout=0.5", "--reruns=1", "-p", "xdist")
    assert run.outcomes == {"passed": 1, "rerun": 1}, run.stdout
    assert "threads" not in run.stdout
