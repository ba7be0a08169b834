"""``asyncSetUp`` and ``asyncTearDown`` that are no methods: properties, and what they raise."""

from __future__ import annotations

from .conftest import Suite
from .test_runner import NO_PLUGIN

CASES = """
    import asyncio, functools, unittest

    def hook(of):
        async def run():
            of.calls.append(asyncio.get_running_loop())
        return run

    class Plain:
        def setUp(self):
            self.calls = []

        async def test_async(self):
            assert self.calls == [asyncio.get_running_loop()]

    class WithAProperty(Plain):
        asyncSetUp = property(hook)
        asyncTearDown = property(hook)

        def tearDown(self):
            self.addCleanup(lambda: self.assertEqual(len(self.calls), 2))

    class WithACachedProperty(Plain):
        @functools.cached_property
        def asyncSetUp(self):
            return hook(self)

    class Raises(Plain):
        @property
        def asyncSetUp(self):
            return self.missing

    class TestPlain(WithAProperty, unittest.TestCase):
        pass

    class TestIsolated(WithAProperty, unittest.IsolatedAsyncioTestCase):
        pass

    class TestCached(WithACachedProperty, unittest.TestCase):
        pass

    class TestRaises(Raises, unittest.TestCase):
        pass

    class TestRaisesIsolated(Raises, unittest.IsolatedAsyncioTestCase):
        pass
"""


def test_properties(any_suite: Suite) -> None:
    any_suite.write(test_a=CASES)
    run = any_suite.run(*NO_PLUGIN, "--isolated-loop")
    assert run.outcomes == {"passed": 3, "failed": 2}, run.stdout
    for name in ("TestRaises", "TestRaisesIsolated"):
        text = run.text_of(f"{name}::test_async")
        assert "object has no attribute 'missing'" in text
        assert "return self.missing" in text
        assert "isolated_async_workers" not in text
