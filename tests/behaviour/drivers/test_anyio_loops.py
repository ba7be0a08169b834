"""Anyio's asyncio tests run on the loop of the case, which set-up code shares; unless the suite says which loop."""

from __future__ import annotations

import sys

import pytest

from ...patterns.pattern import PASSED, every, failed
from ..conftest import Suite
from .driver import ANYIO, check_driver, check_mended

SHARED = """
    import anyio

    {backend}

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def made_by_sync_code():
        loop = asyncio.get_event_loop()
        loop.run_until_complete(asyncio.sleep(0))
        yield loop.create_future()
        loop.run_until_complete(asyncio.sleep(0))

    @pytest.fixture
    async def of_an_async_fixture(anyio_backend):
        yield asyncio.get_running_loop()

    async def test_awaits(made_by_sync_code):
        ran()
        asyncio.get_running_loop().call_soon(made_by_sync_code.set_result, 1)
        assert await made_by_sync_code == 1

    async def test_shares(of_an_async_fixture, made_by_sync_code):
        ran()
        assert asyncio.get_running_loop() is of_an_async_fixture is made_by_sync_code.get_loop()

    async def test_fails(made_by_sync_code):
        ran()
        assert made_by_sync_code.get_loop() is not asyncio.get_running_loop(), "the same loop"

    class TestMethods:
        def setup_method(self):
            self.queue = asyncio.Queue()
            asyncio.get_event_loop().run_until_complete(self.queue.put(1))

        async def test_method(self):
            ran()
            assert await self.queue.get() == 1
"""

ONE_BACKEND = """
    @pytest.fixture(scope="{scope}")
    def anyio_backend():
        return {backend}
"""


@pytest.mark.parametrize("scope", ["function", "module"])
@pytest.mark.parametrize("backend", ["'asyncio'", "('asyncio', {'debug': True})"])
def test_set_up_code_shares_the_loop(any_suite: Suite, backend: str, scope: str) -> None:
    check_mended(
        any_suite,
        SHARED.format(backend=ONE_BACKEND.format(backend=backend, scope=scope)),
        {
            **every("test_awaits test_shares TestMethods::test_method", PASSED),
            "test_fails": failed("the same loop"),
        },
        *ANYIO,
    )


OWN = """
    import uvloop

    class Loop(asyncio.SelectorEventLoop):
        pass

    @pytest.fixture(params=[
        pytest.param(("asyncio", {"loop_factory": Loop}), id="factory"),
        pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop"),
        pytest.param("asyncio", id="plain"),
        pytest.param("trio", id="trio"),
    ])
    def anyio_backend(request):
        return request.param

    pytestmark = pytest.mark.anyio

    async def test_kind(anyio_backend, anyio_backend_name):
        ran()
        note(type(asyncio.get_running_loop()).__name__ if anyio_backend_name == "asyncio" else "trio")
        assert anyio_backend in (
            ("asyncio", {"loop_factory": Loop}), ("asyncio", {"use_uvloop": True}), "asyncio", "trio"
        )
"""


def test_a_loop_that_the_suite_chooses(suite: Suite) -> None:
    check_driver(
        suite,
        OWN,
        {
            "test_kind[factory]": PASSED.noting("Loop"),
            "test_kind[uvloop]": PASSED.noting("Loop"),
            "test_kind[plain]": PASSED.noting("_UnixSelectorEventLoop"),
            "test_kind[trio]": PASSED.noting("trio"),
        },
        *ANYIO,
    )


def test_the_factory_of_the_run(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, anyio, pytest, uvloop

            @pytest.mark.anyio
            @pytest.mark.parametrize("anyio_backend", ["asyncio"])
            async def test_kind(anyio_backend):
                assert isinstance(asyncio.get_running_loop(), uvloop.Loop)
        """
    )
    run = suite.run("--isolated-loop", "--isolated-loop-factory=uvloop.new_event_loop", *ANYIO, "-W", "ignore")
    assert run.outcomes == {"passed": 1}, run.stdout


LEFT = """
    import asyncio, anyio, pytest

    @pytest.fixture(scope="module")
    def anyio_backend():
        return "asyncio"

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    async def resource(anyio_backend):
        yield

    @pytest.fixture
    def fails_late():
        yield
        def fail():
            raise ValueError("in a callback of the finalizer")
        loop = asyncio.get_event_loop()
        loop.call_soon(fail)
        loop.run_until_complete(asyncio.sleep(0.01))

    async def test_nothing(resource):
        pass

    async def test_leaves_a_task(resource):
        asyncio.create_task(asyncio.sleep(60))

    async def test_fails_late(fails_late):
        pass
"""


def test_leaks(suite: Suite) -> None:
    """Its own task is nobody's leak, and what its loop hears when it is gone is not lost."""
    suite.write(test_a=LEFT)
    run = suite.run(
        "--isolated-loop", "--isolated-loop-leaks=error", *ANYIO, "-W", "ignore::pytest.PytestConfigWarning"
    )
    assert run.outcome_of("test_nothing")["teardown"] == "passed", run.stdout
    if sys.version_info >= (3, 11):
        assert "pending task of sleep(), made at" in run.text_of("test_leaves_a_task")
    assert "_run_tests_and_fixtures" not in run.stdout
    assert run.outcome_of("test_fails_late")["teardown"] == "failed", run.stdout
    assert "ValueError: in a callback of the finalizer" in run.text_of("test_fails_late")
