"""``unittest.IsolatedAsyncioTestCase``: its own runner, its debug mode, its order of hooks, on the loop of the case."""

from __future__ import annotations

import sys

import pytest

from ...patterns.pattern import PASSED, SKIPPED, XFAILED, every, failed
from ..conftest import Suite
from .driver import BUILT_IN, check_driver

SOURCE = """
    from unittest import IsolatedAsyncioTestCase

    current = contextvars.ContextVar("current", default="unset")

    class Base(IsolatedAsyncioTestCase):
        async def asyncSetUp(self):
            current.set("from asyncSetUp")
            self.order = ["asyncSetUp"]
            self.loop = asyncio.get_running_loop()

        async def asyncTearDown(self):
            await asyncio.sleep(0)
            assert asyncio.get_running_loop() is self.loop
            self.order.append("asyncTearDown")

    class TestHooks(Base):
        async def asyncSetUp(self):
            await super().asyncSetUp()
            self.addAsyncCleanup(self.clean, "added first")
            self.addAsyncCleanup(self.clean, "added last")
            self.addCleanup(self.order.append, "sync cleanup")

        async def clean(self, name):
            await asyncio.sleep(0)
            assert asyncio.get_running_loop() is self.loop
            self.order.append(name)
            if name == "added first":
                note(" ".join(self.order))

        async def test_one_loop_one_context(self):
            assert current.get() == "from asyncSetUp"
            assert asyncio.get_running_loop() is self.loop
            ran()

        async def test_debug_mode(self):
            assert self.loop.get_debug()
            ran()

        def test_sync(self):
            assert self.order == ["asyncSetUp"]
            ran()

        async def test_fails(self):
            ran()
            self.fail("failed in the body")

    class TestEndings(Base):
        @unittest.expectedFailure
        async def test_expected_failure(self):
            ran()
            self.fail("as expected")

        @unittest.skip("not today")
        async def test_skipped(self):
            ran()

        async def test_skips_itself(self):
            ran()
            self.skipTest("not now")

        async def test_subtests_pass(self):
            for number in range(2):
                with self.subTest(number=number):
                    await asyncio.sleep(0)
            ran()

        async def test_cleanup_fails(self):
            ran()
            self.addAsyncCleanup(self.fail_later)

        async def fail_later(self):
            await asyncio.sleep(0)
            raise RuntimeError("cleanup ran")

        async def test_cancels_itself(self):
            ran()
            asyncio.current_task().cancel()
            await asyncio.sleep(0)

    class TestSkipInSetUp(Base):
        async def asyncSetUp(self):
            self.skipTest("not here")

        async def test_skipped(self):
            ran()

    class TestFailingSetUp(Base):
        async def asyncSetUp(self):
            self.addAsyncCleanup(self.clean)
            await asyncio.sleep(0)
            raise RuntimeError("asyncSetUp ran")

        async def clean(self):
            note("cleaned")

        async def test_not_reached(self):
            ran()

    class TestFailingTearDown(Base):
        async def asyncTearDown(self):
            await asyncio.sleep(0)
            raise RuntimeError("asyncTearDown ran")

        async def test_runs(self):
            ran()

    class Mixin:
        async def asyncSetUp(self):
            await super().asyncSetUp()
            self.mixed = True

        async def test_inherited(self):
            assert self.mixed and self.order == ["asyncSetUp"]
            ran()

    class TestMixinFirst(Mixin, Base):
        pass

    class TestMixinLast(Base, unittest.TestCase):
        async def test_order(self):
            assert self.order == ["asyncSetUp"]
            ran()
"""
ORDER = "asyncSetUp asyncTearDown sync cleanup added last added first"


def test_hooks_and_endings(suite: Suite) -> None:
    hooks = every("TestHooks::test_one_loop_one_context TestHooks::test_debug_mode TestHooks::test_sync", PASSED)
    hooks["TestHooks::test_fails"] = failed("failed in the body")
    check_driver(
        suite,
        SOURCE,
        {
            **{name: ending.noting(ORDER) for name, ending in hooks.items()},
            "TestEndings::test_expected_failure": XFAILED,
            **every("TestEndings::test_skipped TestEndings::test_skips_itself TestSkipInSetUp::test_skipped", SKIPPED),
            "TestEndings::test_subtests_pass": PASSED,
            "TestEndings::test_cleanup_fails": failed("cleanup ran"),
            "TestEndings::test_cancels_itself": failed("CancelledError"),
            "TestFailingSetUp::test_not_reached": failed("asyncSetUp ran").noting("cleaned"),
            "TestFailingTearDown::test_runs": failed("asyncTearDown ran"),
            **every("TestMixinFirst::test_inherited TestMixinLast::test_order", PASSED),
        },
        *BUILT_IN,
    )


def test_failing_subtests(suite: Suite) -> None:
    """Each of them is reported, and the test fails."""
    suite.write(
        test_a="""
            import unittest

            class TestCase(unittest.IsolatedAsyncioTestCase):
                async def test_subtests(self):
                    for number in range(3):
                        with self.subTest(number=number):
                            self.assertEqual(number, 1)
        """
    )
    for run in (suite.run_in_process(*BUILT_IN), suite.run("--isolated-loop", *BUILT_IN)):
        assert run.result.ret == 1
        assert "failed" in [report["outcome"] for report in run.reports if report["when"] == "call"], run.stdout
        assert "0 != 1" in run.stdout


@pytest.mark.skipif(sys.version_info < (3, 11), reason="enterAsyncContext came with 3.11")
def test_contexts(suite: Suite) -> None:
    check_driver(
        suite,
        """
            @contextlib.asynccontextmanager
            async def resource(name):
                loop = asyncio.get_running_loop()
                yield loop
                await asyncio.sleep(0)
                assert asyncio.get_running_loop() is loop
                note(f"{name} left")
                if name == "fails":
                    raise RuntimeError("the context failed")

            class TestCase(unittest.IsolatedAsyncioTestCase):
                @classmethod
                def setUpClass(cls):
                    cls.entered = cls.enterClassContext(contextlib.nullcontext("of the class"))

                async def asyncSetUp(self):
                    self.loop = await self.enterAsyncContext(resource("in set-up"))

                async def test_contexts(self):
                    assert await self.enterAsyncContext(resource("in test")) is self.loop
                    assert self.enterContext(contextlib.nullcontext(1)) == 1
                    assert self.entered == "of the class"
                    ran()

                async def test_fails(self):
                    await self.enterAsyncContext(resource("fails"))
                    ran()
        """,
        {
            "TestCase::test_contexts": PASSED.noting("in test left", "in set-up left"),
            "TestCase::test_fails": failed("the context failed").noting("fails left", "in set-up left"),
        },
        *BUILT_IN,
    )
