"""Async tests and hooks that nobody awaits in process."""

from __future__ import annotations

import sys

import pytest

from ..behaviour.conftest import Suite
from .pattern import AUTO, FALSE_GREEN, PASSED, UNSUPPORTED, Outcome, Pattern, check, every, failed, teardown_error

PATTERNS = (
    Pattern(
        "p03",
        "async tests on a plain TestCase",
        """
        class Plain(unittest.TestCase):
            async def test_passes(self):
                ran()
                await asyncio.sleep(0)

            async def test_fails(self):
                await asyncio.sleep(0)
                self.fail("body ran")

            @pytest.mark.asyncio
            async def test_marked(self):
                ran()
                self.assertEqual(os.getpid(), await asyncio.to_thread(os.getpid))

            @staticmethod
            async def test_static():
                ran()

            @classmethod
            async def test_class(cls):
                ran()
                assert cls is Plain

            @mock.patch("os.sep", "!")
            async def test_patched(self):
                ran()
                await asyncio.sleep(0)
                self.assertEqual(os.sep, "!")

            @unittest.skipIf(False, "never")
            async def test_not_skipped(self):
                ran()

        class Mixin:
            async def test_inherited(self):
                ran()
                self.assertIsInstance(self, Mixin)

        class FromAMixin(Mixin, unittest.TestCase):
            pass

        class WithSuper(FromAMixin):
            async def test_inherited(self):
                await super().test_inherited()
        """,
        in_process=every(
            "Plain::test_passes Plain::test_fails Plain::test_marked Plain::test_static Plain::test_class "
            "Plain::test_patched Plain::test_not_skipped FromAMixin::test_inherited WithSuper::test_inherited",
            FALSE_GREEN,
        ),
        isolated={
            **every(
                "Plain::test_passes Plain::test_marked Plain::test_static Plain::test_class Plain::test_patched "
                "Plain::test_not_skipped FromAMixin::test_inherited WithSuper::test_inherited",
                PASSED,
            ),
            "Plain::test_fails": failed("body ran"),
        },
    ),
    Pattern(
        "p06",
        "async setup_method, teardown_method, setup_class",
        """
        class TestMethods:
            async def setup_method(self, method):
                self.task = asyncio.create_task(asyncio.sleep(0, method.__name__))

            async def test_async(self):
                ran()
                assert await self.task == "test_async"

            @pytest.mark.parametrize("number", [1, 2])
            async def test_parametrised(self, number):
                ran()
                assert await self.task == "test_parametrised"

            async def teardown_method(self):
                await asyncio.sleep(0)
                note("torn down")

        class TestGrandchild(TestMethods):
            async def setup_method(self, method):
                await super().setup_method(method)
                self.extra = True

            test_parametrised = None

        class TestClassHooks:
            @classmethod
            async def setup_class(cls):
                cls.loop = asyncio.get_running_loop()

            async def test_async(self):
                ran()
                assert asyncio.get_running_loop() is self.loop

            @classmethod
            async def teardown_class(cls):
                await asyncio.sleep(0)
                note("torn down")

        class OnATestCase(unittest.TestCase):
            async def setup_method(self, method):
                self.ready = True

            def test_sync(self):
                ran()
                self.assertTrue(self.ready)

            async def teardown_method(self, method):
                note("torn down")

        class TestFailingTeardown:
            async def teardown_method(self):
                raise RuntimeError("teardown_method ran")

            async def test_async(self):
                ran()
        """,
        in_process={
            **every(
                "TestMethods::test_async TestMethods::test_parametrised[1] TestMethods::test_parametrised[2] "
                "TestGrandchild::test_async TestClassHooks::test_async TestFailingTeardown::test_async",
                UNSUPPORTED,
            ),
            "OnATestCase::test_sync": failed("no attribute 'ready'"),
        },
        isolated={
            **every(
                "TestMethods::test_async TestMethods::test_parametrised[1] TestMethods::test_parametrised[2] "
                "TestGrandchild::test_async "
                "TestClassHooks::test_async OnATestCase::test_sync",
                PASSED.noting("torn down"),
            ),
            "TestFailingTeardown::test_async": teardown_error("teardown_method ran"),
        },
    ),
    Pattern(
        "p07",
        "async setUp, tearDown, setUpClass, setUpModule and clean-ups on a TestCase",
        """
        module = []

        async def setUpModule():
            await asyncio.sleep(0)
            module.append(asyncio.get_running_loop())

        class SetUp(unittest.TestCase):
            async def setUp(self):
                self.loop = asyncio.get_running_loop()
                self.addCleanup(self.clean, "cleaned up")

            async def clean(self, text):
                await asyncio.sleep(0)
                note(text)

            async def test_async(self):
                ran()
                self.assertEqual(module, [asyncio.get_running_loop()])
                self.assertIs(self.loop, asyncio.get_running_loop())

            def test_sync(self):
                ran()
                self.loop.run_until_complete(asyncio.sleep(0))

        class Grandchild(SetUp):
            async def setUp(self):
                await super().setUp()
                self.assertIs(self.loop, asyncio.get_running_loop())

        class OfTheClass(unittest.TestCase):
            @classmethod
            async def setUpClass(cls):
                await super().setUpClass() if inspect.iscoroutinefunction(super().setUpClass) else None
                cls.task = asyncio.create_task(asyncio.sleep(0, "made"))

            async def test_async(self):
                ran()
                self.assertEqual(await self.task, "made")

            @classmethod
            async def tearDownClass(cls):
                note("class torn down")

        class FailingTearDown(unittest.TestCase):
            def test_sync(self):
                ran()

            async def test_async(self):
                ran()

            async def tearDown(self):
                raise RuntimeError("tearDown ran")

        class FailingSetUp(unittest.TestCase):
            async def setUp(self):
                raise RuntimeError("setUp ran")

            def test_sync(self):
                ran()
        """,
        in_process={
            **every(
                "SetUp::test_async Grandchild::test_async OfTheClass::test_async FailingTearDown::test_async",
                FALSE_GREEN,
            ),
            **every("SetUp::test_sync Grandchild::test_sync", failed("no attribute 'loop'")),
            **every("FailingTearDown::test_sync FailingSetUp::test_sync", PASSED),
        },
        isolated={
            **every(
                "SetUp::test_async SetUp::test_sync Grandchild::test_async Grandchild::test_sync",
                PASSED.noting("cleaned up"),
            ),
            "OfTheClass::test_async": PASSED.noting("class torn down"),
            **every("FailingTearDown::test_sync FailingTearDown::test_async", failed("tearDown ran")),
            "FailingSetUp::test_sync": failed("setUp ran"),
        },
    ),
    Pattern(
        "p24",
        "asyncTearDown on a plain TestCase",
        """
        class Fails(unittest.TestCase):
            async def asyncTearDown(self):
                raise RuntimeError("asyncTearDown ran")

            def test_sync(self):
                ran()

            async def test_async(self):
                ran()

        class Grandchild(Fails):
            async def asyncTearDown(self):
                note("torn down")
                await super().asyncTearDown()

        class CalledBySync(unittest.TestCase):
            def tearDown(self):
                asyncio.get_event_loop().run_until_complete(self.asyncTearDown())

            async def asyncTearDown(self):
                note("torn down")

            def test_sync(self):
                ran()

            async def test_async(self):
                ran()
        """,
        in_process={
            **every("Fails::test_sync Grandchild::test_sync", PASSED),
            **every("Fails::test_async Grandchild::test_async", FALSE_GREEN),
            "CalledBySync::test_sync": PASSED.noting("torn down"),
            "CalledBySync::test_async": FALSE_GREEN.noting("torn down"),
        },
        isolated={
            **every("Fails::test_sync Fails::test_async", failed("asyncTearDown ran")),
            **every("Grandchild::test_sync Grandchild::test_async", failed("asyncTearDown ran").noting("torn down")),
            **every("CalledBySync::test_sync CalledBySync::test_async", PASSED.noting("torn down")),
        },
    ),
    Pattern(
        "p24-no-test-case",
        "asyncTearDown on a class that is no TestCase",
        """
        class TestPlain:
            async def asyncTearDown(self):
                raise RuntimeError("asyncTearDown ran")

            async def test_async(self):
                ran()
        """,
        in_process={"TestPlain::test_async": PASSED},
        isolated={"TestPlain::test_async": Outcome("passed", "nothing calls TestPlain.asyncTearDown")},
        in_process_arguments=AUTO,
    ),
    Pattern(
        "p25",
        "a sync wrapper around an async test",
        """
        def retried(test):
            @functools.wraps(test)
            def run(*args, **kwargs):
                try:
                    return test(*args, **kwargs)
                except OSError:
                    return test(*args, **kwargs)

            return run

        def bare(test):
            def test_bare(self):
                return test(self)

            return test_bare

        @pytest.mark.isolated_loop
        class Wrapped(unittest.TestCase):
            @retried
            async def test_wrapped(self):
                ran()
                await asyncio.sleep(0)

            @retried
            @retried
            async def test_twice(self):
                ran()
                self.fail("body ran")

            @bare
            async def test_bare(self):
                ran()

            test_lambda = lambda self: self.body()

            async def body(self):
                ran()

        class Inherited(Wrapped):
            def test_wrapped(self):
                return super().test_wrapped()

        @pytest.mark.isolated_loop
        @retried
        async def test_function():
            ran()
        """,
        in_process={
            **every(
                "Wrapped::test_wrapped Wrapped::test_twice Wrapped::test_bare Wrapped::test_lambda "
                "Inherited::test_wrapped Inherited::test_twice Inherited::test_bare Inherited::test_lambda",
                FALSE_GREEN,
            ),
            "test_function": UNSUPPORTED,
        },
        isolated={
            **every(
                "Wrapped::test_wrapped Wrapped::test_bare Wrapped::test_lambda Inherited::test_wrapped "
                "Inherited::test_bare Inherited::test_lambda test_function",
                PASSED,
            ),
            **every("Wrapped::test_twice Inherited::test_twice", failed("body ran")),
        },
    ),
    Pattern(
        "p26",
        "bare async tests, no marker, no plugin",
        """
        async def test_function():
            ran()
            await asyncio.sleep(0)

        async def test_fails():
            await asyncio.sleep(0)
            assert False, "body ran"

        @pytest.mark.parametrize("number", [1, 2])
        async def test_parametrised(number):
            ran()

        class TestMethods:
            async def test_method(self):
                ran()

            @staticmethod
            async def test_static():
                ran()

            @classmethod
            async def test_class(cls):
                ran()

        class TestInherited(TestMethods):
            async def test_method(self):
                await super().test_method()

        async def needs(number):
            assert number == 3
            ran()

        test_partial = functools.partial(needs, number=3)

        @mock.patch("os.sep", "!")
        async def test_patched():
            ran()
            assert os.sep == "!"
        """,
        in_process=every(
            "test_function test_fails test_parametrised[1] test_parametrised[2] TestMethods::test_method "
            "TestMethods::test_static TestMethods::test_class TestInherited::test_method TestInherited::test_static "
            "TestInherited::test_class test_partial test_patched",
            UNSUPPORTED,
        ),
        isolated={
            **every(
                "test_function test_parametrised[1] test_parametrised[2] TestMethods::test_method "
                "TestMethods::test_static TestMethods::test_class TestInherited::test_method "
                "TestInherited::test_static TestInherited::test_class test_partial test_patched",
                PASSED,
            ),
            "test_fails": failed("body ran"),
        },
    ),
    Pattern(
        "p06-sync",
        "sync tests of a pytest class with async setup_method",
        """
        class TestMethods:
            async def setup_method(self, method):
                self.ready = True

            def test_sync(self):
                ran()
                assert self.ready

        class TestFailingTeardown:
            async def teardown_method(self):
                raise RuntimeError("teardown_method ran")

            def test_sync(self):
                ran()
        """,
        in_process={"TestMethods::test_sync": failed("no attribute 'ready'"), "TestFailingTeardown::test_sync": PASSED},
        isolated={
            "TestMethods::test_sync": PASSED,
            "TestFailingTeardown::test_sync": teardown_error("teardown_method ran"),
        },
    ),
    Pattern(
        "p25-isolated-case",
        "a sync wrapper around an async test of an IsolatedAsyncioTestCase",
        """
        def retried(test):
            @functools.wraps(test)
            def run(*args):
                return test(*args)

            return run

        class Case(unittest.IsolatedAsyncioTestCase):
            @retried
            async def test_wrapped(self):
                ran()
        """,
        # On Python 3.10 the test case awaits whatever comes back.
        in_process={"Case::test_wrapped": FALSE_GREEN if sys.version_info >= (3, 11) else PASSED},
        isolated={"Case::test_wrapped": PASSED},
    ),
    Pattern(
        "p25-unmarked",
        "a TestCase, and a module, with nothing but wrapped async tests, not marked",
        """
        def retried(test):
            @functools.wraps(test)
            def run(*args):
                return test(*args)

            return run

        class Case(unittest.TestCase):
            @retried
            async def test_wrapped(self):
                ran()

        @retried
        async def test_function():
            ran()
        """,
        in_process={"Case::test_wrapped": FALSE_GREEN, "test_function": UNSUPPORTED},
        isolated=every("Case::test_wrapped test_function", PASSED),
    ),
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_pattern(suite: Suite, pattern: Pattern) -> None:
    check(suite, pattern)
