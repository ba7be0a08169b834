"""``asyncSetUp`` on a class that is no ``TestCase``: whatever it is, the warning about it breaks no test."""

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
