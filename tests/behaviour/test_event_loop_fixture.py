"""A suite's own ``event_loop`` fixture: what the fixtures of a test make belongs to it, whatever their order."""

from __future__ import annotations

import pytest

from .conftest import Suite
from .drivers.driver import version_of


@pytest.mark.skipif(
    version_of("pytest-asyncio") < (1, 0), reason="pytest-asyncio before 1.0 has an event_loop of its own"
)
@pytest.mark.parametrize("arguments", ["event_loop, made", "made, event_loop", "made"])
def test_the_order_of_arguments_does_not_matter(suite: Suite, arguments: str) -> None:
    suite.write(
        test_a=f"""
            import asyncio
            import pytest

            @pytest.fixture
            def event_loop():
                loop = asyncio.new_event_loop()
                yield loop
                loop.close()

            @pytest.fixture
            async def made():
                return asyncio.get_running_loop().create_future()

            async def test_it({arguments}):
                asyncio.get_running_loop().call_soon(made.set_result, 1)
                assert await made == 1
        """
    )
    assert suite.run("--isolated-loop").outcomes == {"passed": 1}
