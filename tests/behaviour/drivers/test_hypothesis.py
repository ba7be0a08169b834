"""Hypothesis: ``@given`` on async tests, whoever drives them. Each example is a run of the body on the case's loop."""

from __future__ import annotations

import pytest

from ...variants import by_default
from ..conftest import Suite
from .driver import ANYIO, BUILT_IN, PYTEST_ASYNCIO, QUIET, TRIO, version_of

#: Every test writes one line for each of its examples.
SOURCE = """
    import asyncio, contextlib, os, unittest
    import pytest
    from hypothesis import HealthCheck, assume, example, given, settings, strategies

    numbers = given(number=strategies.integers(0, 1000))
    few = settings(max_examples=10, database=None, derandomize=True,
                   suppress_health_check=[HealthCheck.function_scoped_fixture])

    def ran(name, number):
        with open(name, "a") as file:
            file.write(f"{{number}} {{os.getpid() == int(os.environ['REPORT_LOG_PID'])}}\\n")
"""
FUNCTIONS = (
    SOURCE
    + """
    {imports}
    {fixture}
    async def loop({backend}):
        yield asyncio.get_event_loop_policy()
        await {sleep}(0)

    {mark}
    @few
    @numbers
    async def test_passes(number, loop):
        await {sleep}(0)
        ran("passes", number)
        assert loop is not None

    {mark}
    @few
    @example(number=-1)
    @numbers
    async def test_fails(number):
        ran("fails", number)
        await {sleep}(0)
        assert number >= 0, "assert in the body"

    {mark}
    @few
    @numbers
    async def test_shrinks(number):
        await {sleep}(0)
        assert number < 3, "assert in the body"

    class TestClass:
        {mark}
        @few
        @pytest.mark.parametrize("factor", [1, 2])
        @numbers
        async def test_method(self, factor, number):
            assume(number % 2)
            await {sleep}(0)
            ran(f"method{{factor}}", number)
"""
)
#: Arguments, imports, decorator of fixtures, marker, fixture of the backend, how to sleep.
DRIVERS = {
    "built-in": (BUILT_IN, "", "@pytest.fixture", "", "", "asyncio.sleep"),
    "pytest-asyncio": (
        PYTEST_ASYNCIO,
        "import pytest_asyncio",
        "@pytest_asyncio.fixture",
        "@pytest.mark.asyncio",
        "",
        "asyncio.sleep",
    ),
    "anyio": (ANYIO, "import anyio", "@pytest.fixture", "@pytest.mark.anyio", "anyio_backend", "anyio.sleep"),
    "trio": (TRIO, "import trio", "@pytest.fixture", "@pytest.mark.trio", "", "trio.sleep"),
}


def _examples(suite: Suite, name: str, in_host: bool) -> int:
    """How many examples ran, all of them where they should."""
    lines = (suite.path / name).read_text().splitlines()
    (suite.path / name).unlink()
    assert {line.split()[1] for line in lines} == {str(in_host)}
    return len(lines)


knows_methods = pytest.mark.skipif(
    version_of("anyio") < (4, 13), reason="anyio before 4.13 drives no method with @given"
)
#: An assertion that fails in a nursery comes in an exception group.
shows_groups = pytest.mark.skipif(
    pytest.version_tuple < (8, 4), reason="pytest before 8.4 says less of exception groups"
)
NEEDS = {"anyio": [knows_methods], "trio": [shows_groups]}


@pytest.mark.parametrize("driver", [pytest.param(name, marks=NEEDS.get(name, [])) for name in DRIVERS])
def test_functions(suite: Suite, driver: str) -> None:
    arguments, imports, fixture, mark, backend, sleep = DRIVERS[driver]
    suite.write(
        test_a=FUNCTIONS.format(imports=imports, fixture=fixture, mark=mark, backend=backend, sleep=sleep),
        conftest="import pytest\n\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n",
    )
    for mode in ("async", "off"):
        run = suite.run(*QUIET, *arguments, f"--isolated-loop-mode={mode}")
        if driver == "built-in" and mode == "off":
            assert run.outcomes.get("passed") is None
            continue
        assert run.outcomes == {"passed": 3, "failed": 2}, run.stdout
        assert "assert in the body" in run.text_of("test_fails")
        assert "explicit example: " in run.text_of("test_fails")
        assert "number=3" in run.text_of("test_shrinks")
        assert "isolated_async_workers" not in run.stdout
        for name in ("passes", "method1", "method2"):
            assert _examples(suite, name, in_host=mode == "off") >= 10
        _examples(suite, "fails", in_host=mode == "off")


TEST_CASES = (
    SOURCE
    + """
    class TestCase({base}):
        async def asyncSetUp(self):
            self.loop = asyncio.get_running_loop()

        @few
        @numbers
        async def test_passes(self, number):
            await asyncio.sleep(0)
            assert asyncio.get_running_loop() is self.loop
            ran("passes", number)

        @few
        @numbers
        async def test_fails(self, number):
            await asyncio.sleep(0)
            self.assertLess(number, 3)

        @few
        @numbers
        def test_sync(self, number):
            ran("sync", number)

    class TestOwnExecutor(TestCase):
        def execute_example(self, function):
            result = function()
            return asyncio.get_event_loop().run_until_complete(result) if asyncio.iscoroutine(result) else result

        async def asyncSetUp(self):
            self.loop = asyncio.get_event_loop()
"""
)


@pytest.mark.parametrize(
    "base", by_default(["unittest.TestCase", "unittest.IsolatedAsyncioTestCase"], "unittest.TestCase")
)
def test_unittest(suite: Suite, base: str) -> None:
    suite.write(test_a=TEST_CASES.format(base=base))
    in_process = suite.run_in_process(*QUIET, *BUILT_IN, "-k", "not OwnExecutor and not sync")
    assert in_process.outcomes["failed"] == 2
    assert "passed" not in in_process.outcomes
    assert "doesn't know how to run async test functions" in in_process.stdout
    run = suite.run(*QUIET, *BUILT_IN, "--isolated-loop")
    assert run.outcomes == {"passed": 4, "failed": 2}, run.stdout
    for name in ("TestCase", "TestOwnExecutor"):
        assert "not less than 3" in run.text_of(f"{name}::test_fails")
        assert "number=3" in run.text_of(f"{name}::test_fails")
    assert "isolated_async_workers" not in run.stdout
    assert _examples(suite, "passes", in_host=False) >= 20
    assert _examples(suite, "sync", in_host=False) >= 20
