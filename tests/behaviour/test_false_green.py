"""Tests that pass in process without having run: they run here, or fail, and the end of the run counts them."""

from __future__ import annotations

import sys

import pytest

from .conftest import Suite

SUITE = """
    import functools, unittest

    def wrapped(test):
        @functools.wraps(test)
        def run(*args):
            return test(*args)

        return run

    class Plain(unittest.TestCase):
        async def test_async(self):
            open("ran", "a").write("x")

        async def test_fails(self):
            open("ran", "a").write("x")
            self.fail("it ran")

        @wrapped
        async def test_wrapped(self):
            open("ran", "a").write("x")

        def test_sync(self):
            open("ran", "a").write("x")

        async def asyncTearDown(self):
            pass
"""


def test_they_run_and_are_counted(any_suite: Suite) -> None:
    any_suite.write(test_a=SUITE)
    in_process = any_suite.run_in_process()
    assert in_process.outcomes["passed"] == 4
    assert (any_suite.path / "ran").read_text() == "x"
    assert "never run" not in in_process.stdout
    (any_suite.path / "ran").unlink()

    run = any_suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 3, "failed": 1}, run.stdout
    assert (any_suite.path / "ran").read_text() == "xxxx"
    assert "isolated-loop: 3 tests never run their body in process, and pass there if their set-up does" in run.stdout
    assert "Plain::test_async\n" not in run.stdout
    text = run.text_of("test_fails")
    assert "isolated-loop: in process" in text
    assert "unittest calls Plain.test_fails, drops the coroutine that it returns, and reports success" in text
    assert "isolated-loop: in process" not in run.text_of("test_sync")


def test_verbose_names_them(suite: Suite) -> None:
    suite.write(test_a=SUITE)
    run = suite.run("--isolated-loop", "-v")
    for name in ("test_async", "test_fails", "test_wrapped"):
        assert f"isolated-loop:     test_a.py::Plain::{name}" in run.stdout


def test_one_is_one(suite: Suite) -> None:
    suite.write(
        test_a="""
            import unittest

            class Plain(unittest.TestCase):
                async def test_async(self):
                    pass
        """
    )
    assert (
        "1 test never runs its body in process, and passes there if its set-up does"
        in suite.run("--isolated-loop").stdout
    )


def test_under_xdist(suite: Suite) -> None:
    suite.write(test_a=SUITE)
    run = suite.run("--isolated-loop", "-n2")
    assert (
        "isolated-loop: 3 tests never run their body in process, and pass there if their set-up does" in run.stdout
    ), run.stdout


@pytest.mark.skipif(sys.version_info < (3, 11), reason="unittest says nothing before 3.11")
def test_a_suite_in_which_they_fail_has_none(suite: Suite) -> None:
    suite.write(test_a=SUITE)
    assert "failed" in suite.run_in_process("-W", "error").outcomes
    assert "never run" not in suite.run("--isolated-loop", "-W", "error").stdout


def test_isolated_asyncio_test_case(suite: Suite) -> None:
    suite.write(test_a=SUITE.replace("unittest.TestCase", "unittest.IsolatedAsyncioTestCase"))
    run = suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 3, "failed": 1}, run.stdout
    if sys.version_info >= (3, 11):
        assert "isolated-loop: 1 test never runs its body in process, and passes there if its set-up does" in run.stdout


@pytest.mark.parametrize("kind", ["", "async "])
def test_a_generator_cannot_be_run(any_suite: Suite, kind: str) -> None:
    any_suite.write(
        test_a=f"""
            import unittest

            class Plain(unittest.TestCase):
                {kind}def test_generator(self):
                    yield
        """
    )
    assert any_suite.run_in_process("--isolated-loop-mode=off").outcomes["passed"] == 1
    run = any_suite.run("--isolated-loop-mode=all")
    assert run.outcomes == {"failed": 1}
    assert "the body of this test never ran: Plain.test_generator has a `yield` in it" in run.text_of("test_generator")
    assert "1 test never runs its body in process, and passes there if its set-up does" in run.stdout


DROPPED = """
    import asyncio, functools, unittest

    def drops(test):
        @functools.wraps(test)
        def run(*args, **kwargs):
            test(*args, **kwargs)

        return run

    def runs_it(test):
        @functools.wraps(test)
        def run(*args, **kwargs):
            asyncio.run(test(*args, **kwargs))

        return run

    @drops
    async def test_dropped():
        open("ran", "a").write("x")

    class TestMethods:
        @staticmethod
        @drops
        async def test_static():
            open("ran", "a").write("x")

    class Case(unittest.TestCase):
        @drops
        async def test_method(self):
            open("ran", "a").write("x")

    @runs_it
    async def test_run():
        forgotten = asyncio.sleep(0)

    @runs_it
    @drops
    async def test_deep():
        open("ran", "a").write("x")
"""


def test_a_decorator_that_drops_the_coroutine(any_suite: Suite) -> None:
    any_suite.write(test_a=DROPPED)
    in_process = any_suite.run_in_process()
    assert in_process.outcomes["passed"] == 4
    run = any_suite.run("--isolated-loop")
    assert run.outcomes["failed"] == 4, run.stdout
    assert run.outcomes["passed"] == 1
    assert not (any_suite.path / "ran").exists()
    for name in ("test_dropped", "test_static", "test_method"):
        text = run.text_of(name)
        assert f"the body of this test never ran: a decorator of {name} makes its coroutine and drops it" in text
        assert "In process the body of this test never runs" in text
    assert "isolated-loop: 3 tests never run their body in process, and pass there if their set-up does" in run.stdout
