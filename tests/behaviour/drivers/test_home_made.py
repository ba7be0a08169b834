"""A suite that drives its async tests and fixtures by itself, in its conftest."""

from __future__ import annotations

from ...patterns.pattern import PASSED, failed
from ..conftest import Suite
from .driver import BUILT_IN, check_driver

CONFTEST = """
    import asyncio, inspect
    import pytest

    LOOP = None

    def loop():
        global LOOP
        LOOP = LOOP or asyncio.new_event_loop()
        return LOOP

    def pytest_pyfunc_call(pyfuncitem):
        if inspect.iscoroutinefunction(pyfuncitem.obj):
            arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
            loop().run_until_complete(pyfuncitem.obj(**arguments))
            return True

    def pytest_fixture_setup(fixturedef, request):
        if inspect.iscoroutinefunction(fixturedef.func):
            result = loop().run_until_complete(fixturedef.func())
            fixturedef.cached_result = (result, fixturedef.cache_key(request), None)
            return result
"""


def test_conftest(any_suite: Suite) -> None:
    check_driver(
        any_suite,
        """
            @pytest.fixture
            async def value():
                return asyncio.get_running_loop()

            async def test_passes(value):
                import conftest

                assert value is asyncio.get_running_loop() is conftest.LOOP
                ran()

            async def test_fails(value):
                ran()
                assert 0, "assert in the body"
        """,
        {"test_passes": PASSED, "test_fails": failed("assert in the body")},
        *BUILT_IN,
        also={"conftest": CONFTEST},
    )
