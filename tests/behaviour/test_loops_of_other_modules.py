"""A loop that another module than the test's own has made when it was imported."""

from __future__ import annotations

import pytest

from .conftest import Suite
from .test_runner import NO_PLUGIN

HELPERS = {
    "made": "import asyncio\nloop = asyncio.new_event_loop()\nfuture = loop.create_future()\n",
    "between": "import made\n\ndef connect():\n    return made.future\n\nclass Base:\n    pass\n",
}

USES = """
    import asyncio
    {imports}

    async def test_waits():
        loop = asyncio.get_running_loop()
        future = {future}
        loop.call_later(0.01, future.set_result, 1)
        assert await future == 1

    class TestMethods:
        @classmethod
        def setup_class(cls):
            cls.loop = asyncio.get_event_loop()

        async def test_one(self):
            assert self.loop is asyncio.get_running_loop() is {future}.get_loop()
"""


@pytest.mark.parametrize(
    ("imports", "future"),
    [
        ("import made", "made.future"),
        ("import between", "between.made.future"),
        ("from between import connect", "connect()"),
        ("from between import Base", "__import__('between').connect()"),
    ],
)
def test_it_is_adopted(any_suite: Suite, imports: str, future: str) -> None:
    any_suite.write(test_a=USES.format(imports=imports, future=future), **HELPERS)
    run = any_suite.run(*NO_PLUGIN, "--isolated-loop")
    assert run.outcomes == {"passed": 2}, run.stdout


def test_the_nearest_one_is(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            import between
            loop = asyncio.new_event_loop()

            async def test_own():
                assert asyncio.get_running_loop() is loop
        """,
        test_b="""
            import asyncio
            import between
            import other

            async def test_imported():
                assert asyncio.get_running_loop() is other.loop
        """,
        test_c="""
            import asyncio, sys

            async def test_none():
                others = [getattr(sys.modules.get(name), "loop", None) for name in ("made", "other")]
                assert asyncio.get_running_loop() not in others
        """,
        other=HELPERS["made"],
        **HELPERS,
    )
    run = suite.run(*NO_PLUGIN, "--isolated-loop")
    assert run.outcomes == {"passed": 3}, run.stdout
