"""anyio's pytest plugin, on asyncio and on trio, with every kind of backend fixture."""

from __future__ import annotations

import pytest

from ...patterns.pattern import PASSED, UNSUPPORTED, Outcome, error, every, failed, teardown_error
from ..conftest import Suite
from .driver import ANYIO, BUILT_IN, check_driver, version_of

SOURCE = """
    import anyio, trio
    from anyio.lowlevel import current_token

    {backend}

    {mark}
    current = contextvars.ContextVar("current", default="unset")

    @pytest.fixture(scope="module")
    async def of_the_module(anyio_backend):
        async with anyio.create_task_group() as group:
            yield current_token()
            group.cancel_scope.cancel()

    @pytest.fixture
    async def value(of_the_module):
        async with anyio.create_task_group():
            current.set("from the fixture")
            yield of_the_module

    @pytest.fixture
    async def finalizer_fails(anyio_backend):
        yield
        await anyio.sleep(0)
        raise RuntimeError("finalizer ran")

    @pytest.fixture
    async def set_up_fails(anyio_backend):
        await anyio.sleep(0)
        raise RuntimeError("set-up ran")

    async def test_one_loop(value):
        ran()
        await anyio.sleep(0)
        assert value == current_token()
        assert current.get() == "from the fixture"

    async def test_kind(anyio_backend_name, anyio_backend_options):
        ran()
        if anyio_backend_name == "trio":
            note(type(trio.lowlevel.current_trio_token()).__name__)
        else:
            note(type(asyncio.get_running_loop()).__module__.partition(".")[0])

    async def test_fails(value):
        ran()
        assert 0, "assert in the body"

    async def test_times_out(value):
        with anyio.fail_after(0.05):
            ran()
            await anyio.sleep(5)

    async def test_set_up(set_up_fails):
        ran()

    async def test_finalizer(finalizer_fails):
        ran()
"""
METHODS = """
    class TestMethods:
        @pytest.fixture
        async def own(self, value):
            self.made = value

        async def test_method(self, own):
            assert self.made == current_token()
            ran()
"""
#: Before, a fixture of a class gets another instance of it than the test does.
HAS_METHODS = version_of("anyio") >= (4, 6, 1)
if HAS_METHODS:
    SOURCE += METHODS

#: What gives the backend -> each variant's part of the node id, and the kind of loop it runs on.
BACKENDS = {
    "none": ("", {"[asyncio]": "asyncio", "[trio]": "trio"}),
    "one": (
        """
    @pytest.fixture(scope="session")
    def anyio_backend():
        return "trio"
    """,
        {"": "trio"},
    ),
    "parametrised": (
        """
    @pytest.fixture(scope="module", params=[
        pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop"),
        pytest.param(("asyncio", {"use_uvloop": False, "debug": True}), id="debug"),
        pytest.param(("trio", {"restrict_keyboard_interrupt_to_checkpoints": True}), id="trio"),
    ])
    def anyio_backend(request):
        return request.param
    """,
        {"[uvloop]": "uvloop", "[debug]": "asyncio", "[trio]": "trio"},
    ),
}


def _endings(kinds: dict[str, str]) -> dict[str, Outcome]:
    endings: dict[str, Outcome] = {}
    for variant, kind in kinds.items():
        endings |= every(f"test_one_loop{variant}" + HAS_METHODS * f" TestMethods::test_method{variant}", PASSED)
        endings |= {
            f"test_kind{variant}": PASSED.noting("TrioToken" if kind == "trio" else kind),
            f"test_fails{variant}": failed("assert in the body"),
            f"test_times_out{variant}": failed("TimeoutError"),
            f"test_set_up{variant}": error("set-up ran"),
            f"test_finalizer{variant}": teardown_error("finalizer ran"),
        }
    return endings


@pytest.mark.parametrize("backend", BACKENDS)
def test_backends(any_suite: Suite, backend: str) -> None:
    fixture, kinds = BACKENDS[backend]
    source = SOURCE.format(mark="pytestmark = pytest.mark.anyio", backend=fixture)
    check_driver(any_suite, source, _endings(kinds), *ANYIO)


def test_auto_mode(suite: Suite) -> None:
    suite.ini("anyio_mode = auto")
    fixture, kinds = BACKENDS["parametrised"]
    check_driver(suite, SOURCE.format(mark="", backend=fixture), _endings(kinds), *ANYIO)


def test_beside_pytest_asyncio(suite: Suite) -> None:
    """Each plugin drives what is marked for it."""
    check_driver(
        suite,
        """
            import anyio

            @pytest.mark.anyio
            async def test_anyio(anyio_backend_name):
                await anyio.sleep(0)
                ran()

            @pytest.mark.asyncio
            async def test_asyncio():
                await asyncio.sleep(0)
                ran()

            @pytest.mark.asyncio
            async def test_fails():
                ran()
                assert 0, "assert in the body"
        """,
        {
            **every("test_anyio[asyncio] test_anyio[trio] test_asyncio", PASSED),
            "test_fails": failed("assert in the body"),
        },
        "-p",
        "anyio",
    )


def test_without_its_plugin(suite: Suite) -> None:
    """What is marked for anyio runs on the loop of the case: anyio works there."""
    check_driver(
        suite,
        """
            import anyio

            @pytest.mark.anyio
            async def test_asyncio():
                async with anyio.create_task_group() as group:
                    group.start_soon(anyio.sleep, 0)
                ran()
        """,
        {"test_asyncio": PASSED},
        *BUILT_IN,
        "-W",
        "ignore::pytest.PytestUnknownMarkWarning",
        in_process={"test_asyncio": UNSUPPORTED},
    )
