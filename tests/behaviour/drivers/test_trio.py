"""pytest-trio, by its marker and by trio mode; and trio without a plugin that drives it."""

from __future__ import annotations

from ...patterns.pattern import PASSED, UNSUPPORTED, every, failed
from ..conftest import Suite
from .driver import BUILT_IN, TRIO, check_driver

SOURCE = """
    import trio

    log = []
    current = contextvars.ContextVar("current", default="unset")

    @pytest.fixture
    async def resource():
        await trio.sleep(0)
        current.set("from the fixture")
        log.append("set up")
        yield trio.lowlevel.current_trio_token()
        await trio.sleep(0)
        log.append("torn down")

    @pytest.fixture
    async def plain(resource):
        await trio.sleep(0)
        return resource

    @pytest.fixture
    async def echo(nursery):
        listeners = await nursery.start(trio.serve_tcp, echo_handler, 0)
        return listeners[0].socket.getsockname()[1]

    @pytest.fixture
    def sync_fixture():
        loop = asyncio.get_event_loop_policy().new_event_loop()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        return 1

    @pytest.fixture
    async def fails_at_the_end():
        yield
        raise RuntimeError("finalizer ran")

    async def echo_handler(stream):
        async for data in stream:
            await stream.send_all(data)

    {mark}
    async def test_fixtures(resource, plain, sync_fixture):
        ran()
        assert log[-1] == "set up"
        assert resource is plain is trio.lowlevel.current_trio_token()
        assert current.get() == "from the fixture"

    {mark}
    async def test_server_in_the_nursery(echo):
        stream = await trio.open_tcp_stream("127.0.0.1", echo)
        await stream.send_all(b"x")
        assert await stream.receive_some(1) == b"x"
        ran()

    {mark}
    async def test_jumps(autojump_clock):
        await trio.sleep(3600)
        ran()

    {mark}
    async def test_fails(resource):
        ran()
        assert 0, "assert in the body"

    {mark}
    async def test_task_in_the_nursery_fails(nursery):
        ran()
        nursery.start_soon(fail_soon)
        await trio.sleep(5)

    async def fail_soon():
        raise ValueError("from the task")

    {mark}
    async def test_finalizer_fails(fails_at_the_end):
        ran()

    {mark}
    @pytest.mark.parametrize("value", [1, 2])
    async def test_parameters(value, resource):
        ran()
        assert value == 1, "wrong value"

    class TestMethods:
        {mark}
        async def test_method(self, resource):
            ran()
            assert resource is trio.lowlevel.current_trio_token()

    @pytest.mark.isolated_loop
    def test_sync(sync_fixture):
        ran()
"""

ENDINGS = {
    **every("test_fixtures test_server_in_the_nursery test_jumps test_parameters[1] TestMethods::test_method", PASSED),
    "test_sync": PASSED,
    "test_fails": failed("assert in the body"),
    "test_task_in_the_nursery_fails": failed("from the task"),
    "test_finalizer_fails": failed("finalizer ran"),
    "test_parameters[2]": failed("wrong value"),
}


def test_marker(any_suite: Suite) -> None:
    check_driver(any_suite, SOURCE.format(mark="@pytest.mark.trio"), ENDINGS, *TRIO)


def test_trio_mode(suite: Suite) -> None:
    suite.ini("trio_mode = true")
    check_driver(suite, SOURCE.format(mark=""), ENDINGS, *TRIO)


def test_installed_but_nothing_drives_it(suite: Suite) -> None:
    """What is marked for trio must not end green on asyncio."""
    check_driver(
        suite,
        """
            import trio

            @pytest.mark.trio
            async def test_marked():
                ran()

            async def test_not_marked():
                ran()
                await trio.sleep(0)

            @pytest.mark.isolated_loop
            def test_runs_trio_itself():
                async def main():
                    await trio.sleep(0)
                    ran()

                trio.run(main)

            async def test_runs_trio_in_a_thread():
                await asyncio.to_thread(trio.run, trio.sleep, 0)
                ran()
        """,
        {
            "test_marked": failed("marked trio, and no plugin that drives trio is loaded"),
            "test_not_marked": failed("Task got bad yield"),
            "test_runs_trio_itself": PASSED,
            "test_runs_trio_in_a_thread": PASSED,
        },
        *BUILT_IN,
        "-W",
        "ignore::pytest.PytestUnknownMarkWarning",
        in_process=every("test_marked test_not_marked test_runs_trio_in_a_thread", UNSUPPORTED),
    )
