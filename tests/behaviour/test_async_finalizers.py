"""Async functions given to ``request.addfinalizer`` and ``addClassCleanup``: in process nobody awaits them."""

from __future__ import annotations

import textwrap

import pytest

from .conftest import Suite
from .test_runner import NO_PLUGIN

FINALIZERS = """
    import asyncio
    import pytest

    pytestmark = pytest.mark.isolated_loop
    LOOPS = []

    async def finish(text="finished"):
        await asyncio.sleep(0)
        LOOPS.append(asyncio.get_running_loop())
        with open("notes", "a") as notes:
            notes.write(text + "\\n")

    async def fail():
        await asyncio.sleep(0)
        raise ValueError("from the finalizer")
"""

KINDS = {
    "of a fixture": """
        @pytest.fixture
        def ready(request):
            request.addfinalizer(finish)
            request.addfinalizer(lambda: {last}())

        def test_a(ready):
            pass
    """,
    "of a test": """
        async def test_a(request):
            LOOPS.append(asyncio.get_running_loop())
            request.addfinalizer(finish)
            request.addfinalizer({last})
    """,
    "of nodes": """
        def test_a(request):
            request.node.parent.addfinalizer(finish)
            request.session.addfinalizer({last})
    """,
    "of a class": """
        import unittest

        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.addClassCleanup(cls.clean, "class")

            @classmethod
            async def clean(cls, word):
                cls.addClassCleanup(finish, text=word)
                await {last}()

            def test_a(self):
                pass
    """,
    "of an IsolatedAsyncioTestCase": """
        import unittest

        class Case(unittest.IsolatedAsyncioTestCase):
            @classmethod
            def setUpClass(cls):
                cls.addClassCleanup(finish)
                cls.addClassCleanup({last})

            async def test_a(self):
                LOOPS.append(asyncio.get_running_loop())
    """,
}

SAME_LOOP = """
    async def last():
        await asyncio.sleep(0)
        assert set(LOOPS) <= {asyncio.get_running_loop()}
"""


def suite_of(kind: str, more: str, last: str) -> str:
    return "\n".join(textwrap.dedent(part) for part in (FINALIZERS, more, KINDS[kind].format(last=last)))


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_awaited(any_suite: Suite, kind: str) -> None:
    any_suite.write(test_a=suite_of(kind, SAME_LOOP, "last"))
    run = any_suite.run(*NO_PLUGIN, "-W", "error::RuntimeWarning")
    assert run.outcomes == {"passed": 1}, run.stdout
    assert (any_suite.path / "notes").read_text().split() in (["finished"], ["class"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_failing_one_fails(suite: Suite, kind: str) -> None:
    suite.write(test_a=suite_of(kind, "", "fail"))
    in_process = suite.run_in_process(*NO_PLUGIN, "-k", "not IsolatedAsyncio", "-W", "ignore")
    assert "errors" not in in_process.outcomes
    run = suite.run(*NO_PLUGIN)
    assert run.outcomes == {"passed": 1, "errors": 1}, run.stdout
    assert "ValueError: from the finalizer" in run.text_of("test_a")
    # The others run all the same.
    assert (suite.path / "notes").exists()
