"""``asyncSetUp`` that nobody calls: under a decorator, and on a class that is no ``TestCase``."""

from __future__ import annotations

from .conftest import Suite


def test_hooks_of_unusual_kinds(suite: Suite) -> None:
    suite.write(
        test_a="""
            import functools
            from unittest import mock

            async def hook(*_):
                pass

            class TestStatic:
                asyncSetUp = staticmethod(hook)
                async def test_it(self): pass

            class TestMock:
                asyncSetUp = mock.AsyncMock()
                async def test_it(self): pass

            class TestPartial:
                asyncSetUp = functools.partialmethod(hook, 1)
                async def test_it(self): pass

            class TestWithoutDict:
                __slots__ = ()
                async def asyncSetUp(self): pass
                async def test_it(self): pass
        """
    )
    run = suite.run("--isolated-loop")
    assert run.outcomes["passed"] == 4
    assert not {"failed", "errors"} & run.outcomes.keys()
    assert "nothing calls hook: only unittest.TestCase knows asyncSetUp" in run.stdout


def test_under_a_sync_decorator(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, functools, unittest

            def passes_on(hook):
                @functools.wraps(hook)
                def call(self):
                    return hook(self)
                return call

            def runs(hook):
                @functools.wraps(hook)
                def call(self):
                    return asyncio.run(hook(self))
                return call

            class Base(unittest.TestCase):
                async def asyncSetUp(self):
                    self.calls = getattr(self, "calls", 0) + 1

                async def test_it(self):
                    assert self.calls == 1

            class PassesOn(Base):
                asyncSetUp = passes_on(Base.asyncSetUp)

            class Runs(Base):
                asyncSetUp = runs(Base.asyncSetUp)

            class CallsIt(Runs):
                def setUp(self):
                    self.asyncSetUp()

            class RunsIt(PassesOn):
                def setUp(self):
                    asyncio.get_event_loop().run_until_complete(self.asyncSetUp())

            class TearDown(unittest.TestCase):
                @passes_on
                async def asyncTearDown(self):
                    raise ValueError

                async def test_failing_tear_down(self):
                    pass
        """
    )
    run = suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 5, "failed": 1}, run.stdout
    assert "ValueError" in run.text_of("test_failing_tear_down")
