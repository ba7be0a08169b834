"""pytest-asyncio in both modes and with every loop scope."""

from __future__ import annotations

import pytest

from ...patterns.pattern import PASSED, UNSUPPORTED, XFAILED, Outcome, error, every, failed, teardown_error
from ..conftest import Suite
from .driver import PYTEST_ASYNCIO, check_driver, check_mended, version_of

VERSION = version_of("pytest-asyncio")
#: Before 1.0 it has one loop for a test and its fixtures, and context variables of a fixture do not reach the test.
one_runner_for_each_scope = pytest.mark.skipif(VERSION < (1, 0), reason="pytest-asyncio has no runners before 1.0")
takes_a_loop_factory = pytest.mark.skipif(VERSION < (1, 4), reason="pytest-asyncio takes no loop factory before 1.4")
SCOPES = ["function", "class", "module", "package", "session"]

SOURCE = """
    import pytest_asyncio

    {mark}

    @{fixture}
    async def value():
        await asyncio.sleep(0)
        yield asyncio.get_running_loop()
        await asyncio.sleep(0)

    @{fixture}
    async def set_up_fails():
        raise RuntimeError("set-up ran")

    @{fixture}
    async def finalizer_fails():
        yield
        raise RuntimeError("finalizer ran")

    async def test_loop_of_the_fixture(value):
        assert asyncio.get_running_loop() is value
        ran()

    async def test_fails(value):
        ran()
        assert 0, "assert in the body"

    async def test_set_up(set_up_fails):
        ran()

    async def test_finalizer(finalizer_fails):
        ran()

    @pytest.mark.parametrize("number", [1, 2])
    async def test_parameters(number, value):
        ran()
        assert number == 1, "wrong number"

    class TestClass:
        async def test_method(self, value):
            assert asyncio.get_running_loop() is value
            ran()

        @staticmethod
        async def test_static(value):
            assert asyncio.get_running_loop() is value
            ran()

        @pytest.mark.xfail(raises=ZeroDivisionError, strict=True)
        async def test_nested_run_is_refused(self):
            with pytest.raises(RuntimeError, match="running event loop"):
                asyncio.run(asyncio.sleep(0))
            ran()
            1 / 0
"""

ENDINGS = {
    **every("test_loop_of_the_fixture test_parameters[1]", PASSED),
    **every("TestClass::test_method TestClass::test_static", PASSED),
    "test_fails": failed("assert in the body"),
    "test_set_up": error("set-up ran"),
    "test_finalizer": teardown_error("finalizer ran"),
    "test_parameters[2]": failed("wrong number"),
    "TestClass::test_nested_run_is_refused": XFAILED,
}


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_modes(any_suite: Suite, mode: str) -> None:
    strict = mode == "strict"
    source = SOURCE.format(
        mark="pytestmark = pytest.mark.asyncio" if strict else "",
        fixture="pytest_asyncio.fixture" if strict else "pytest.fixture",
    )
    check_driver(any_suite, source, ENDINGS, *PYTEST_ASYNCIO, f"--asyncio-mode={mode}")


@one_runner_for_each_scope
def test_context_of_a_fixture(suite: Suite) -> None:
    check_driver(
        suite,
        """
            current = contextvars.ContextVar("current", default="unset")

            @pytest.fixture
            async def variable():
                current.set("from the fixture")

            async def test_reads_it(variable):
                ran()
                assert current.get() == "from the fixture"

            async def test_fails():
                ran()
                assert current.get() == "from the fixture"
        """,
        {"test_reads_it": PASSED, "test_fails": failed("unset")},
        *PYTEST_ASYNCIO,
        "--asyncio-mode=auto",
    )


def test_strict_mode_leaves_the_rest_to_the_built_in_runner(suite: Suite) -> None:
    check_driver(
        suite,
        """
            @pytest.mark.asyncio
            async def test_claimed():
                ran()

            async def test_not_claimed():
                ran()
                assert asyncio.get_running_loop() is asyncio.get_event_loop()

            async def test_not_claimed_fails():
                ran()
                assert 0, "assert in the body"
        """,
        {"test_claimed": PASSED, "test_not_claimed": PASSED, "test_not_claimed_fails": failed("assert in the body")},
        *PYTEST_ASYNCIO,
        in_process=every("test_not_claimed test_not_claimed_fails", UNSUPPORTED),
    )


@pytest.mark.parametrize("scope", SCOPES)
def test_loop_shared_in_a_scope(suite: Suite, scope: str) -> None:
    check_driver(
        suite,
        f"""
            import pytest_asyncio

            @pytest_asyncio.fixture(loop_scope="{scope}", scope="{scope}")
            async def value():
                return asyncio.get_running_loop()

            @pytest.mark.asyncio(loop_scope="{scope}")
            class TestClass:
                async def test_one(self, value):
                    assert asyncio.get_running_loop() is value
                    ran()

                async def test_fails(self, value):
                    ran()
                    assert 0, "assert in the body"
        """,
        {"TestClass::test_one": PASSED, "TestClass::test_fails": failed("assert in the body")},
        *PYTEST_ASYNCIO,
        also={"__init__": ""},
    )


@one_runner_for_each_scope
@pytest.mark.parametrize("scope", SCOPES)
def test_scopes_side_by_side(suite: Suite, scope: str) -> None:
    suite.ini("addopts = --rootdir=.")
    check_driver(
        suite,
        f"""
            import pytest_asyncio

            @pytest_asyncio.fixture(loop_scope="{scope}", scope="{scope}")
            async def value():
                yield asyncio.get_running_loop()
                await asyncio.sleep(0)

            @pytest_asyncio.fixture(loop_scope="function")
            async def on_a_loop_of_its_own():
                return asyncio.get_running_loop()

            @pytest.mark.asyncio(loop_scope="{scope}")
            class TestClass:
                async def test_one(self, value):
                    assert asyncio.get_running_loop() is value
                    ran()

                async def test_two(self, value):
                    assert asyncio.get_running_loop() is value
                    ran()

                async def test_other_scope(self, on_a_loop_of_its_own, value):
                    assert (asyncio.get_running_loop() is on_a_loop_of_its_own) == ("{scope}" == "function")
                    ran()

                async def test_fails(self, value):
                    ran()
                    assert 0, "assert in the body"
        """,
        {
            **every("TestClass::test_one TestClass::test_two TestClass::test_other_scope", PASSED),
            "TestClass::test_fails": failed("assert in the body"),
        },
        *PYTEST_ASYNCIO,
        also={"__init__": ""},
    )


@one_runner_for_each_scope
@pytest.mark.parametrize(("of_the_test", "ending"), [("function", failed("another loop")), ("module", PASSED)])
def test_default_loop_scopes(suite: Suite, of_the_test: str, ending: Outcome) -> None:
    check_driver(
        suite,
        """
            @pytest.fixture(scope="module")
            async def value():
                return asyncio.get_running_loop()

            async def test_loop(value):
                ran()
                assert asyncio.get_running_loop() is value, "another loop"
        """,
        {"test_loop": ending},
        *PYTEST_ASYNCIO,
        "--asyncio-mode=auto",
        "-o",
        "asyncio_default_fixture_loop_scope=module",
        "-o",
        f"asyncio_default_test_loop_scope={of_the_test}",
    )


@takes_a_loop_factory
def test_set_up_code_shares_the_loop(any_suite: Suite) -> None:
    """In process there is no current loop in set-up."""
    check_mended(
        any_suite,
        SET_UP_CODE.format(is_right="True"),
        SHARED_ENDINGS,
        *PYTEST_ASYNCIO,
    )


#: Everything that runs before the test sees the loop that the test will run on.
SET_UP_CODE = """
    import pytest_asyncio

    @pytest.fixture
    def made_by_sync_code():
        loop = asyncio.get_event_loop_policy().get_event_loop()
        loop.run_until_complete(asyncio.sleep(0))
        future = loop.create_future()
        loop.call_later(0.01, future.set_result, 5)
        return future

    @pytest_asyncio.fixture
    async def value(made_by_sync_code):
        return await made_by_sync_code

    @pytest.mark.asyncio
    async def test_shared(made_by_sync_code, value):
        assert made_by_sync_code.get_loop() is asyncio.get_running_loop()
        assert {is_right}, "wrong kind"
        assert value == 5
        ran()

    class TestMethods:
        @classmethod
        def setup_class(cls):
            cls.loop = asyncio.get_event_loop_policy().get_event_loop()

        def setup_method(self):
            self.future = self.loop.create_future()
            self.loop.run_until_complete(asyncio.sleep(0))

        @pytest.mark.asyncio
        async def test_shared(self):
            self.loop.call_soon(self.future.set_result, None)
            await self.future
            assert asyncio.get_running_loop() is self.loop
            ran()

        @pytest.mark.asyncio
        async def test_fails(self):
            ran()
            assert asyncio.get_running_loop() is not self.loop

        def teardown_method(self):
            assert asyncio.get_event_loop_policy().get_event_loop() is self.loop
            self.loop.run_until_complete(asyncio.sleep(0))
"""
SHARED_ENDINGS = {**every("test_shared TestMethods::test_shared", PASSED), "TestMethods::test_fails": failed("")}
