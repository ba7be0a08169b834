"""Async tests under decorators, partials, static and class methods: the body runs once, and its failure counts.

A wrapper that drops the coroutine is no matter of these tests.
"""

from __future__ import annotations

import pytest

from ...patterns.pattern import PASSED, every, failed
from ..conftest import Suite
from .driver import BUILT_IN, PYTEST_ASYNCIO, check_driver, check_mended
from .test_pytest_asyncio import VERSION

DECORATORS = """
    def runs_it(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return asyncio.run(function(*args, **kwargs))
        return wrapper

    def runs_it_on_the_current_loop(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            loop = asyncio.get_event_loop_policy().get_event_loop()
            return loop.run_until_complete(function(*args, **kwargs))
        return wrapper

    def returns_it(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)
        return wrapper

    def awaits_it(function):
        @functools.wraps(function)
        async def wrapper(*args, **kwargs):
            return await function(*args, **kwargs)
        return wrapper

    value = 1
    here = __name__
"""
FUNCTIONS = """
    @{decorator}
    async def test_passes():
        await asyncio.sleep(0)
        ran()

    @{decorator}
    async def test_fails():
        await asyncio.sleep(0)
        ran()
        assert 0, "assert in the body"

    @{decorator}
    @awaits_it
    @mock.patch(here + ".value", 2)
    @pytest.mark.parametrize("number", [2, 3])
    async def test_stacked(number):
        await asyncio.sleep(0)
        ran()
        assert value == number, "wrong number"

    class TestMethods:
        @{decorator}
        async def test_method(self):
            ran()

        @{decorator}
        async def test_method_fails(self):
            ran()
            assert 0, "assert in the body"
"""
ENDINGS = {
    **every("test_passes test_stacked[2] TestMethods::test_method", PASSED),
    **every("test_fails TestMethods::test_method_fails", failed("assert in the body")),
    "test_stacked[3]": failed("wrong number"),
}


def test_sync_wrapper_that_runs_the_loop(suite: Suite) -> None:
    check_driver(suite, DECORATORS + FUNCTIONS.format(decorator="runs_it"), ENDINGS, *BUILT_IN)


@pytest.mark.parametrize("decorator", ["runs_it_on_the_current_loop", "returns_it", "awaits_it"])
def test_other_wrappers(suite: Suite, decorator: str) -> None:
    """In process: no current loop; a green test that did not run, or a warning; no driver."""
    check_mended(
        suite,
        DECORATORS + FUNCTIONS.format(decorator=decorator),
        ENDINGS,
        *BUILT_IN,
        "-W",
        "error::DeprecationWarning",
        # Before 3.12, asyncio makes a current loop without a word.
        since=(3, 12) if decorator == "runs_it_on_the_current_loop" else (3, 10),
    )


OTHER_CALLABLES = """
    async def body(number, value="default"):
        await asyncio.sleep(0)
        ran()
        assert number == 1, "wrong number"

    test_partial = functools.partial(body, 1)
    test_partial_fails = functools.partial(body, number=2)

    @mock.patch(here + ".value")
    @mock.patch.object(os, "sep", "patched")
    {mark}
    async def test_patched(replaced):
        await asyncio.sleep(0)
        assert value is replaced and os.sep == "patched"
        ran()

    @mock.patch(here + ".value", new_callable=mock.AsyncMock)
    {mark}
    async def test_async_mock(replaced):
        await value()
        replaced.assert_awaited_once()
        ran()

    @mock.patch.dict(os.environ, PATCHED="yes")
    {mark}
    async def test_patched_fails():
        ran()
        assert "PATCHED" not in os.environ, "assert in the body"

    class TestMethods:
        {mark}
        @staticmethod
        async def test_static():
            ran()

        @classmethod
        {mark}
        async def test_class(cls):
            await asyncio.sleep(0)
            assert cls is TestMethods
            ran()

        {mark}
        @staticmethod
        async def test_static_fails():
            ran()
            assert 0, "assert in the body"

        @mock.patch(here + ".value", 2)
        {mark}
        async def test_patched(self):
            assert value == 2
            ran()
"""
OTHER_ENDINGS = {
    **every("test_patched test_async_mock TestMethods::test_static TestMethods::test_class", PASSED),
    "TestMethods::test_patched": PASSED,
    **every("test_patched_fails TestMethods::test_static_fails", failed("assert in the body")),
}


def test_other_callables(suite: Suite) -> None:
    check_mended(
        suite,
        DECORATORS + OTHER_CALLABLES.format(mark=""),
        {**OTHER_ENDINGS, "test_partial": PASSED, "test_partial_fails": failed("wrong number")},
        *BUILT_IN,
    )


@pytest.mark.skipif(VERSION < (1, 0), reason="pytest-asyncio does not drive static methods before 1.0")
def test_other_callables_with_pytest_asyncio(suite: Suite) -> None:
    source = DECORATORS + OTHER_CALLABLES.format(mark="@pytest.mark.asyncio")
    check_driver(
        suite,
        "\n".join(line for line in source.splitlines() if "functools.partial" not in line),
        OTHER_ENDINGS,
        *PYTEST_ASYNCIO,
    )


UNITTEST = """
    class TestCase({base}):
        @returns_it
        async def test_passes(self):
            await asyncio.sleep(0)
            ran()

        @returns_it
        async def test_fails(self):
            await asyncio.sleep(0)
            ran()
            self.fail("failed in the body")

        @runs_it_on_the_current_loop
        async def test_runs_it(self):
            await asyncio.sleep(0)
            ran()

        @mock.patch(here + ".value", 2)
        @awaits_it
        async def test_patched(self):
            self.assertEqual(value, 2)
            ran()

        @mock.patch(here + ".value")
        async def test_patched_fails(self, replaced):
            ran()
            self.assertIsNot(value, replaced)

        @staticmethod
        async def test_static():
            await asyncio.sleep(0)
            ran()

        @classmethod
        async def test_class(cls):
            await asyncio.sleep(0)
            ran()
"""


@pytest.mark.parametrize("base", ["unittest.TestCase", "unittest.IsolatedAsyncioTestCase"])
def test_unittest(suite: Suite, base: str) -> None:
    check_mended(
        suite,
        DECORATORS + UNITTEST.format(base=base),
        {
            **every("TestCase::test_passes TestCase::test_runs_it TestCase::test_patched", PASSED),
            **every("TestCase::test_static TestCase::test_class", PASSED),
            "TestCase::test_fails": failed("failed in the body"),
            "TestCase::test_patched_fails": failed("unexpectedly identical"),
        },
        *BUILT_IN,
        # On 3.10, IsolatedAsyncioTestCase awaits what a sync wrapper returns; later it does not.
        since=(3, 11) if "Isolated" in base else (3, 10),
    )
