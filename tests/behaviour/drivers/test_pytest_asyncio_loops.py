"""Which kind of loop pytest-asyncio runs a test on: by its loop factories, its policy fixture, a suite's own policy."""

from __future__ import annotations

import pytest

from ...patterns.pattern import Outcome, every, failed
from ..conftest import Suite
from .driver import PYTEST_ASYNCIO, check_driver, check_mended
from .test_pytest_asyncio import SCOPES, SET_UP_CODE, SHARED_ENDINGS, takes_a_loop_factory

FACTORIES = """
    import asyncio, uvloop

    def pytest_asyncio_loop_factories(config, item):
        return {"asyncio": asyncio.SelectorEventLoop, "uvloop": uvloop.new_event_loop}
"""
POLICIES = """
    import asyncio, pytest, uvloop

    @pytest.fixture(params=["asyncio", "uvloop"], scope="session")
    def event_loop_policy(request):
        return asyncio.DefaultEventLoopPolicy() if request.param == "asyncio" else uvloop.EventLoopPolicy()
"""
LOOP_MODULE = "type(asyncio.get_running_loop()).__module__.partition('.')[0]"


def _for_each(kinds: tuple[str, ...], endings: dict[str, Outcome]) -> dict[str, Outcome]:
    return {f"{name}[{kind}]": ending for name, ending in endings.items() for kind in kinds}


@takes_a_loop_factory
@pytest.mark.parametrize("scope", SCOPES)
def test_loop_factories(suite: Suite, scope: str) -> None:
    check_driver(
        suite,
        f"""
            import pytest_asyncio

            @pytest_asyncio.fixture(loop_scope="{scope}", scope="{scope}")
            async def value():
                yield asyncio.get_running_loop()
                await asyncio.sleep(0)

            @pytest.mark.asyncio(loop_scope="{scope}")
            async def test_each(value, request):
                ran()
                note({LOOP_MODULE} + str(asyncio.get_running_loop() is value))

            @pytest.mark.asyncio(loop_scope="{scope}", loop_factories=["uvloop"])
            async def test_chosen(value):
                ran()
                note({LOOP_MODULE} + str(asyncio.get_running_loop() is value))

            @pytest.mark.asyncio(loop_scope="{scope}")
            async def test_fails(value):
                ran()
                assert {LOOP_MODULE} == "other", "assert in the body"
        """,
        {
            "test_each[asyncio]": Outcome("passed", notes=("asyncioTrue",)),
            "test_each[uvloop]": Outcome("passed", notes=("uvloopTrue",)),
            "test_chosen": Outcome("passed", notes=("uvloopTrue",)),
            **every("test_fails[asyncio] test_fails[uvloop]", failed("assert in the body")),
        },
        *PYTEST_ASYNCIO,
        "-W",
        "error",
        also={"conftest": FACTORIES, "__init__": ""},
    )


@takes_a_loop_factory
@pytest.mark.parametrize("conftest", [FACTORIES, POLICIES], ids=["factories", "policies"])
def test_set_up_code_shares_a_loop_of_the_chosen_kind(suite: Suite, conftest: str) -> None:
    by_factory = conftest is FACTORIES
    chosen = "request.node.callspec.params['_asyncio_loop_factory'].__module__"
    if not by_factory:
        chosen = "type(asyncio.get_event_loop_policy()).__module__"
    source = SET_UP_CODE.format(is_right=f"{chosen}.partition('.')[0] == {LOOP_MODULE}")
    check_mended(
        suite,
        source.replace("test_shared(made", "test_shared(request, made"),
        _for_each(("asyncio", "uvloop"), SHARED_ENDINGS),
        *PYTEST_ASYNCIO,
        *(() if by_factory else ("-W", "ignore::pytest.PytestDeprecationWarning")),
        also={"conftest": conftest},
    )


@pytest.mark.parametrize("how", ["asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())", "uvloop.install()"])
@pytest.mark.parametrize("where", ["conftest", "test_pattern"])
def test_policy_of_the_suite(suite: Suite, how: str, where: str) -> None:
    """In process too, each test gets a loop of that kind."""
    install = f"""
            import asyncio, uvloop
            {how}
    """
    check_driver(
        suite,
        f"""{install if where == "test_pattern" else ""}
            import pytest_asyncio

            @pytest.fixture
            def kind():
                loop = asyncio.get_event_loop_policy().new_event_loop()
                try:
                    return type(loop).__module__.partition(".")[0]
                finally:
                    loop.close()

            @pytest_asyncio.fixture
            async def value():
                yield asyncio.get_running_loop()

            @pytest.mark.asyncio
            async def test_uvloop(value, kind):
                ran()
                assert {LOOP_MODULE} == kind == "uvloop"
                assert value is asyncio.get_running_loop()

            @pytest.mark.asyncio
            async def test_fails(value):
                ran()
                assert {LOOP_MODULE} == "asyncio", "assert in the body"
        """,
        {"test_uvloop": Outcome("passed"), "test_fails": failed("assert in the body")},
        *PYTEST_ASYNCIO,
        "-W",
        "ignore::DeprecationWarning",
        also={"conftest": install} if where == "conftest" else {},
    )
