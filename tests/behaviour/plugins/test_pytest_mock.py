"""pytest-mock: its fixtures of every scope work in a worker; what they patch does not reach the host."""

from __future__ import annotations

from ..conftest import Run, Suite, normalised
from .sides import TWO, check_same


def test_mocker(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, os, time
            import pytest

            @pytest.fixture(scope="module")
            def patched(module_mocker):
                module_mocker.patch("os.getcwd", return_value="/nowhere")

            async def test_patch(mocker, patched):
                sleep = mocker.patch("asyncio.sleep", new_callable=mocker.AsyncMock)
                await asyncio.sleep(60)
                sleep.assert_awaited_once_with(60)
                assert os.getcwd() == "/nowhere"

        """,
        test_b="""
            import asyncio, time

            async def test_spy_and_stub(mocker):
                spy = mocker.spy(asyncio, "sleep")
                await asyncio.sleep(0)
                spy.assert_awaited_once_with(0)
                stub = mocker.async_stub("stub")
                await stub(1)
                stub.assert_awaited_with(1)

            async def test_explained(mocker):
                called = mocker.Mock()
                called(1)
                called.assert_called_once_with(2)

            def test_put_back(mocker):
                mocker.patch("time.time", return_value=0)
                assert time.time() == 0
        """,
    )

    def read(run: Run) -> list[tuple[str, str, str]]:
        return [(each["nodeid"], each["outcome"], normalised(each["text"])) for each in run.reports]

    texts, (run,) = check_same(suite, read, "-p", "pytest_mock", isolated=(TWO,))
    assert run.outcomes == {"passed": 3, "failed": 1}
    assert any("Actual: mock(1)" in text for _, _, text in texts)
