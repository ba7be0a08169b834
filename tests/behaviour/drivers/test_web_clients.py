"""Test clients of web frameworks: aiohttp's, Starlette's and FastAPI's, httpx's."""

from __future__ import annotations

import pytest

from ...patterns.pattern import PASSED, every, failed
from ...variants import by_default
from ..conftest import Suite
from .driver import ANYIO, BUILT_IN, PYTEST_ASYNCIO, check_driver, check_mended

AIOHTTP_PLUGIN = (*PYTEST_ASYNCIO, "-p", "aiohttp")

AIOHTTP_APP = """
    from aiohttp import web

    async def hello(request):
        await asyncio.sleep(0)
        return web.json_response({"loop": id(asyncio.get_running_loop())})

    async def broken(request):
        raise RuntimeError("from the handler")

    def make_app():
        app = web.Application()
        app.router.add_get("/", hello)
        app.router.add_get("/broken", broken)
        return app
"""


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_pytest_aiohttp(suite: Suite, mode: str) -> None:
    strict = mode == "strict"
    check_driver(
        suite,
        f"""{AIOHTTP_APP}
    import pytest_asyncio
    {"pytestmark = pytest.mark.asyncio" if strict else ""}

    @{"pytest_asyncio" if strict else "pytest"}.fixture
    async def client(aiohttp_client):
        return await aiohttp_client(make_app())

    async def test_client(client):
        response = await client.get("/")
        assert await response.json() == {{"loop": id(asyncio.get_running_loop())}}
        ran()

    async def test_server(aiohttp_server):
        server = await aiohttp_server(make_app())
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(b"GET /broken HTTP/1.0" + bytes([13, 10, 13, 10]))
        assert b" 500 " in await reader.readline()
        writer.close()
        ran()

    async def test_fails(client):
        ran()
        assert (await client.get("/broken")).status == 200, "assert in the body"
""",
        {**every("test_client test_server", PASSED), "test_fails": failed("assert in the body")},
        *AIOHTTP_PLUGIN,
        f"--asyncio-mode={mode}",
    )


def test_aiohttp_test_case(suite: Suite) -> None:
    """It is an ``IsolatedAsyncioTestCase`` that starts its server in ``asyncSetUp``."""
    check_driver(
        suite,
        f"""{AIOHTTP_APP}
    from aiohttp.test_utils import AioHTTPTestCase, TestClient, TestServer

    class TestApp(AioHTTPTestCase):
        async def get_application(self):
            return make_app()

        async def asyncSetUp(self):
            await super().asyncSetUp()
            self.second = TestClient(TestServer(make_app()))
            await self.second.start_server()

        async def asyncTearDown(self):
            await self.second.close()
            await super().asyncTearDown()
            assert self.client.session.closed
            note("closed")

        async def test_both_servers(self):
            for client in (self.client, self.second):
                async with client.get("/") as response:
                    assert await response.json() == {{"loop": id(asyncio.get_running_loop())}}
            ran()

        async def test_fails(self):
            ran()
            assert (await self.client.get("/broken")).status == 200, "assert in the body"
""",
        {
            "TestApp::test_both_servers": PASSED.noting("closed"),
            "TestApp::test_fails": failed("assert in the body").noting("closed"),
        },
        *BUILT_IN,
    )


ASGI_APPS = {
    "starlette": """
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route, WebSocketRoute
    from starlette.testclient import TestClient

    async def hello(request):
        await asyncio.sleep(0)
        return JSONResponse({"loop": id(asyncio.get_running_loop()), "state": request.state.made})

    async def broken(request):
        raise RuntimeError("from the handler")

    async def echo(websocket):
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.close()

    def make_app():
        routes = [Route("/", hello), Route("/broken", broken), WebSocketRoute("/echo", echo)]
        return Starlette(routes=routes, lifespan=lifespan)
""",
    "fastapi": """
    from fastapi import Depends, FastAPI, Request, WebSocket
    from fastapi.testclient import TestClient

    async def dependency():
        await asyncio.sleep(0)
        yield id(asyncio.get_running_loop())

    def make_app():
        app = FastAPI(lifespan=lifespan)

        @app.get("/")
        async def hello(request: Request, loop: int = Depends(dependency)):
            return {"loop": loop, "state": request.state.made}

        @app.get("/broken")
        def broken():
            raise RuntimeError("from the handler")

        @app.websocket("/echo")
        async def echo(websocket: WebSocket):
            await websocket.accept()
            await websocket.send_text(await websocket.receive_text())
            await websocket.close()

        return app
""",
}
LIFESPAN = """
    @contextlib.asynccontextmanager
    async def lifespan(app):
        await asyncio.sleep(0)
        yield {"made": "at start-up"}
        note("shut down")
"""
IN_PROCESS_CLIENTS = """
    import httpx

    @pytest.fixture
    def client():
        with TestClient(make_app()) as client:
            yield client

    @pytest.mark.isolated_loop
    def test_sync_client(client):
        assert client.get("/").json()["state"] == "at start-up"
        with client.websocket_connect("/echo") as socket:
            socket.send_text("hello")
            assert socket.receive_text() == "hello"
        ran()

    @pytest.mark.isolated_loop
    def test_sync_client_fails(client):
        ran()
        client.get("/broken")

    {fixture}
    async def asgi_client({backend}):
        app = make_app()
        async with lifespan(app) as state:
            async def with_state(scope, receive, send):
                await app({{**scope, "state": dict(state)}}, receive, send)

            transport = httpx.ASGITransport(app=with_state)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                yield client

    {mark}
    async def test_async_client(asgi_client):
        response = await asgi_client.get("/")
        assert response.json() == {{"loop": id(asyncio.get_running_loop()), "state": "at start-up"}}
        ran()

    {mark}
    async def test_async_client_fails(asgi_client):
        ran()
        await asgi_client.get("/broken")

    {fixture}
    async def sync_client_in_async_fixture({backend}):
        # It runs the app on a loop of its own, in a thread.
        with TestClient(make_app()) as client:
            yield client

    {mark}
    async def test_sync_client_in_async_fixture(sync_client_in_async_fixture):
        answer = sync_client_in_async_fixture.get("/").json()
        assert answer["loop"] != id(asyncio.get_running_loop()) and answer["state"] == "at start-up"
        ran()
"""
DRIVEN_BY = {
    "built-in": (BUILT_IN, "@pytest.fixture", "", ""),
    "pytest-asyncio": (
        PYTEST_ASYNCIO,
        "import pytest_asyncio\n    @pytest_asyncio.fixture",
        "",
        "@pytest.mark.asyncio",
    ),
    "anyio": (ANYIO, "@pytest.fixture", "anyio_backend", "@pytest.mark.anyio"),
}


@pytest.mark.parametrize("driver", by_default(DRIVEN_BY, "built-in", "pytest-asyncio"))
@pytest.mark.parametrize("framework", by_default(ASGI_APPS, "fastapi"))
def test_asgi_clients(suite: Suite, framework: str, driver: str) -> None:
    arguments, fixture, backend, mark = DRIVEN_BY[driver]
    check = check_mended if driver == "built-in" else check_driver
    check(
        suite,
        ASGI_APPS[framework]
        + LIFESPAN
        + IN_PROCESS_CLIENTS.format(fixture=fixture, backend=backend, mark=mark)
        + ('    @pytest.fixture\n    def anyio_backend():\n        return "asyncio"\n' if backend else ""),
        {
            **every("test_sync_client test_async_client test_sync_client_in_async_fixture", PASSED.noting("shut down")),
            **every("test_sync_client_fails test_async_client_fails", failed("from the handler").noting("shut down")),
        },
        *arguments,
        "-W",
        "ignore::DeprecationWarning",
    )
