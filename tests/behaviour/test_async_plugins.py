"""Tests and fixtures that an async plugin claims are driven by it, with its own semantics, inside the worker."""

from __future__ import annotations

from importlib import metadata

import pytest

from .conftest import Suite

ASYNCIO = """
    import asyncio, os
    import pytest, pytest_asyncio

    HOST = int(os.environ["REPORT_LOG_PID"])
    {mark}

    @{fixture}
    async def value():
        await asyncio.sleep(0)
        yield asyncio.get_running_loop()
        await asyncio.sleep(0)

    async def test_loop_of_the_fixture(value):
        assert asyncio.get_running_loop() is value
        assert os.getpid() != HOST

    async def test_fails(value):
        assert 0, "body ran"

    class TestClass:
        async def test_method(self, value):
            assert asyncio.get_running_loop() is value
"""


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_pytest_asyncio(any_suite: Suite, mode: str) -> None:
    strict = mode == "strict"
    any_suite.write(
        test_a=ASYNCIO.format(
            mark="pytestmark = pytest.mark.asyncio" if strict else "",
            fixture="pytest_asyncio.fixture" if strict else "pytest.fixture",
        )
    )
    run = any_suite.run("--isolated-loop", f"--asyncio-mode={mode}")
    assert run.outcomes == {"passed": 2, "failed": 1}, run.stdout
    assert "body ran" in run.text_of("test_fails")


@pytest.mark.skipif(
    tuple(map(int, metadata.version("pytest-asyncio").split(".")[:2])) < (1, 4),
    reason="pytest-asyncio takes no loop factory before 1.4",
)
def test_set_up_code_and_pytest_asyncio_share_the_loop(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import asyncio
            import pytest, pytest_asyncio

            @pytest.fixture
            def made_by_sync_code():
                loop = asyncio.get_event_loop()
                future = loop.create_future()
                loop.call_later(0.01, future.set_result, 5)
                return future

            @pytest_asyncio.fixture
            async def value(made_by_sync_code):
                return await made_by_sync_code

            @pytest.mark.asyncio
            async def test_shared(made_by_sync_code, value):
                assert made_by_sync_code.get_loop() is asyncio.get_running_loop()
                assert value == 5
        """
    )
    assert any_suite.run("--isolated-loop").outcomes == {"passed": 1}


@pytest.mark.parametrize("scope", ["function", "class", "module", "package", "session"])
def test_loop_scopes_of_pytest_asyncio(suite: Suite, scope: str) -> None:
    module = f"""
            import asyncio
            import pytest, pytest_asyncio

            @pytest_asyncio.fixture(loop_scope="{scope}", scope="{scope}")
            async def value():
                return asyncio.get_running_loop()

            @pytest.mark.asyncio(loop_scope="{scope}")
            class TestClass:
                async def test_one(self, value):
                    assert asyncio.get_running_loop() is value

                async def test_two(self, value):
                    assert asyncio.get_running_loop() is value
    """
    suite.write(**{"package/__init__": "", "package/test_a": module})
    assert suite.run("--isolated-loop").outcomes == {"passed": 2}


def test_anyio_on_asyncio_and_trio(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import anyio, sniffio
            import pytest

            pytestmark = pytest.mark.anyio

            @pytest.fixture(params=["asyncio", "trio"])
            def anyio_backend(request):
                return request.param

            @pytest.fixture
            async def value():
                async with anyio.create_task_group():
                    yield sniffio.current_async_library()

            async def test_backend(value, anyio_backend):
                await anyio.sleep(0)
                assert value == anyio_backend == sniffio.current_async_library()

            async def test_fails(value):
                assert 0, "body ran"
        """
    )
    run = any_suite.run("--isolated-loop", "-p", "no:asyncio", "-W", "ignore::pytest.PytestConfigWarning")
    assert run.outcomes == {"passed": 2, "failed": 2}, run.stdout
