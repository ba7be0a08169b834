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
    drops = wrapping(lambda test: test() and None)
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


#: The same without ``functools.wraps``: nothing names the test inside.
TRACELESS = DECORATORS.replace("@functools.wraps(test)", "")


@pytest.mark.parametrize("decorators", [DECORATORS, TRACELESS], ids=["wraps", "leaves no trace"])
@pytest.mark.parametrize("decorator", ["keeps", "cycles", "schedules", "drops", "forgets"])
def test_the_body_never_ran(suite: Suite, decorator: str, decorators: str) -> None:
    suite.write(
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
        decorators=decorators,
    )
    run = suite.run("--isolated-loop")
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


@pytest.mark.parametrize("mode", ["async", "all"])
def test_decorators_that_leave_no_trace(any_suite: Suite, mode: str) -> None:
    any_suite.write(
        test_a="""
            import asyncio, functools, unittest
            from decorators import drops, looks_first, skips, wrapping

            def returns(test):
                return lambda *args: test(*args)

            @looks_first
            async def test_runs_once():
                await asyncio.sleep(0)

            @functools.lru_cache
            @looks_first
            async def test_fails():
                assert 0, "in the body"

            @drops
            @returns
            async def test_dropped():
                pass

            async def helper():
                pass

            def drops_another(test):
                another = helper
                def run():
                    another()
                return run

            @drops_another
            def test_sync():
                pass

            @skips
            async def test_left_out():
                assert 0

            class Case(unittest.TestCase):
                @returns
                async def test_returned(self):
                    await asyncio.sleep(0)
        """,
        decorators=TRACELESS,
    )
    run = any_suite.run(f"--isolated-loop-mode={mode}", "-W", "ignore::RuntimeWarning")
    assert run.outcomes == {"passed": 4, "failed": 2}, run.stdout
    assert "AssertionError: in the body" in run.text_of("test_fails")
    assert "never ran: a decorator of test_dropped makes its coroutine" in run.text_of("test_dropped")
    isolated = 6 if mode == "all" else 5
    assert f"isolated-loop: {isolated} of 6 tests isolated" in run.stdout


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
