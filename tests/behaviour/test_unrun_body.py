"""A test behind a decorator that keeps its coroutine, or makes several of them."""

from __future__ import annotations

import pytest

from .conftest import Suite

DECORATORS = """
    import asyncio, concurrent.futures, functools

    KEPT = []

    def wrapping(call):
        def decorate(test):
            @functools.wraps(test)
            def run(*args, **kwargs):
                return call(functools.partial(test, *args, **kwargs))
            return run
        return decorate

    def in_a_cycle(test):
        cycle = [test()]
        cycle.append(cycle)

    def made_twice(test):
        if asyncio.iscoroutine(test()):
            asyncio.run(test())

    def made_twice_for_a_thread(test):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            if asyncio.iscoroutine(test()):
                pool.submit(asyncio.run, test()).result()

    keeps = wrapping(lambda test: KEPT.append(test()))
    cycles = wrapping(in_a_cycle)
    schedules = wrapping(lambda test: KEPT.append(asyncio.get_event_loop().create_task(test())))
    looks_first = wrapping(made_twice)
    looks_first_in_a_thread = wrapping(made_twice_for_a_thread)
    skips = wrapping(lambda test: None)

    def forgets(test):
        @functools.wraps(test)
        async def run(*args, **kwargs):
            test(*args, **kwargs)
        return run
"""


@pytest.mark.parametrize("decorator", ["keeps", "cycles", "schedules", "forgets"])
def test_the_body_never_ran(any_suite: Suite, decorator: str) -> None:
    any_suite.write(
        test_a=f"""
            import unittest
            from decorators import {decorator}

            @{decorator}
            async def test_function():
                assert 0

            class Case(unittest.TestCase):
                @{decorator}
                async def test_method(self):
                    assert 0
        """,
        decorators=DECORATORS,
    )
    run = any_suite.run("--isolated-loop")
    assert run.outcomes["failed"] == 2, run.stdout
    for name in ("test_function", "test_method"):
        assert f"never ran: a decorator of {name} makes its coroutine and drops it" in run.text_of(name)


@pytest.mark.parametrize("decorator", ["looks_first", "looks_first_in_a_thread"])
def test_one_of_two_coroutines_runs(suite: Suite, decorator: str) -> None:
    suite.write(
        test_a=f"""
            import asyncio, sys, threading
            from decorators import {decorator}

            @{decorator}
            async def test_passes():
                await asyncio.sleep(0)
                assert sys.getprofile() is threading.getprofile() is None

            @{decorator}
            async def test_fails():
                await asyncio.sleep(0)
                assert 0, "in the body"
        """,
        decorators=DECORATORS,
    )
    run = suite.run("--isolated-loop", "-W", "ignore::RuntimeWarning")
    assert run.outcomes == {"passed": 1, "failed": 1}, run.stdout
    assert "AssertionError: in the body" in run.text_of("test_fails")


def test_a_decorator_may_leave_a_test_out(suite: Suite) -> None:
    suite.write(
        test_a="""
            from decorators import skips

            @skips
            async def test_it():
                assert 0
        """,
        decorators=DECORATORS,
    )
    assert suite.run("--isolated-loop").outcomes == {"passed": 1}


@pytest.mark.parametrize("kind", ["TestCase", "IsolatedAsyncioTestCase"])
@pytest.mark.parametrize("prefix", ["async ", ""])
def test_a_test_returns_the_coroutine_of_its_body(suite: Suite, kind: str, prefix: str) -> None:
    suite.write(
        test_a=f"""
            import unittest

            class Case(unittest.{kind}):
                async def body(self):
                    assert 0

                {prefix}def test_it(self):
                    return self.body()
        """
    )
    assert suite.run("--isolated-loop-mode=all").outcomes["failed"] == 1
