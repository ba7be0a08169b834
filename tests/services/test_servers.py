"""Servers that a shared fixture starts once and fifty isolated tests use: each counts there, and the last sees all."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..behaviour.conftest import Suite

TESTS = 50

#: Notes what happens to the server; and what its fixture needs.
STARTING = """
    import asyncio, os, shutil, socket, subprocess, tempfile, time
    from pathlib import Path
    import pytest
    from isolated_async import shared_fixture

    def note(text):
        with open("notes", "a") as notes:
            notes.write(text + "\\n")

    def free_port():
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            return unused.getsockname()[1]

    @pytest.fixture(scope="session")
    def slow_start():
        # Paid once: fifty times, it would outlast the limit of the run.
        time.sleep(3)
        note("slow start")
"""

AIOHTTP = f"""{STARTING}
    @shared_fixture
    async def url(request):
        from aiohttp import web

        counted = 0

        async def count(request):
            nonlocal counted
            counted += 1
            return web.Response(text=str(counted))

        async def told(request):
            return web.Response(text=str(counted))

        app = web.Application()
        app.add_routes([web.post("/", count), web.get("/", told)])
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        note(f"up in {{os.getpid()}}")
        yield f"http://127.0.0.1:{{runner.addresses[0][1]}}/"
        await runner.cleanup()
        note("down")
"""

AIOHTTP_CLIENT = """
    import aiohttp

    async def count(url):
        async with aiohttp.ClientSession() as session, session.post(url) as response:
            assert response.status == 200

    async def counted(url):
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return int(await response.text())
"""

REDIS = f"""{STARTING}
    @shared_fixture
    def url(slow_start):
        directory = tempfile.mkdtemp(prefix="redis-")
        port = free_port()
        server = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", directory, "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert server.poll() is None
                time.sleep(0.05)
        note(f"up in {{os.getpid()}}")
        yield f"redis://127.0.0.1:{{port}}"
        server.terminate()
        assert server.wait(20) == 0
        shutil.rmtree(directory)
        note("down")
"""

REDIS_CLIENT = """
    import asyncio
    from urllib.parse import urlsplit

    async def command(url, text):
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(f"{text}\\r\\n".encode())
        answer = (await reader.readline()).decode()
        if answer.startswith("$"):
            answer = (await reader.readline()).decode()
        writer.close()
        await writer.wait_closed()
        return answer.strip()

    async def count(url):
        assert (await command(url, "INCR counted")).startswith(":")

    async def counted(url):
        return int(await command(url, "GET counted"))
"""

POSTGRESQL = f"""{STARTING}
    def binaries():
        found = shutil.which("initdb")
        return Path(found).resolve().parent if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]

    @shared_fixture
    def url(slow_start):
        directory = tempfile.mkdtemp(prefix="postgresql-")
        # It refuses to run as root.
        who = {{"user": "postgres", "group": "postgres"}} if os.getuid() == 0 else {{}}
        if who:
            shutil.chown(directory, **who)
        data, port = f"{{directory}}/data", free_port()
        run = dict(check=True, stdout=subprocess.DEVNULL, cwd=directory, **who)
        pg_ctl = [binaries() / "pg_ctl", "-D", data, "-w", "-l", f"{{directory}}/log"]
        subprocess.run([binaries() / "initdb", "-D", data, "-A", "trust", "-U", "tests", "--no-sync"], **run)
        # It goes into the background: a daemon, whose parent has ended.
        options = f"-p {{port}} -k {{directory}} -c listen_addresses=127.0.0.1 -c fsync=off"
        subprocess.run([*pg_ctl, "-o", options, "start"], **run)
        url = f"postgresql://tests@127.0.0.1:{{port}}/postgres"
        subprocess.run(["psql", "-q", url, "-c", "create table counted (pid int)"], **run)
        note(f"up in {{os.getpid()}}")
        yield url
        subprocess.run([*pg_ctl, "-m", "fast", "stop"], **run)
        shutil.rmtree(directory)
        note("down")
"""

POSTGRESQL_CLIENT = """
    import asyncio, os

    async def psql(url, text):
        process = await asyncio.create_subprocess_exec("psql", "-qtA", url, "-c", text, stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
        assert process.returncode == 0
        return output.decode()

    async def count(url):
        await psql(url, f"insert into counted values ({os.getpid()})")

    async def counted(url):
        return int(await psql(url, "select count(distinct pid) from counted"))
"""

TEST = f"""
    import os
    import pytest
    from client import count, counted

    @pytest.mark.parametrize("number", range({TESTS}))
    async def test_counts(url, number):
        await count(url)

    def test_in_the_host(url):
        import asyncio

        assert asyncio.run(counted(url)) == {TESTS}
"""


@pytest.mark.parametrize(
    ("fixture", "client", "slow"),
    [
        pytest.param(AIOHTTP, AIOHTTP_CLIENT, [], id="aiohttp"),
        pytest.param(REDIS, REDIS_CLIENT, ["slow start"], id="redis", marks=pytest.mark.services),
        pytest.param(POSTGRESQL, POSTGRESQL_CLIENT, ["slow start"], id="postgresql", marks=pytest.mark.services),
    ],
)
def test_a_server_for_fifty_tests(any_suite: Suite, fixture: str, client: str, slow: list[str]) -> None:
    any_suite.write(conftest=fixture, client=client, test_a=TEST)
    run = any_suite.run("--isolated-loop", "--isolated-loop-workers=2", "--isolated-loop-leaks=error", timeout=120)
    assert run.outcomes == {"passed": TESTS + 1}, run.stdout
    *started, up, down = (any_suite.path / "notes").read_text().splitlines()
    assert started == slow
    assert down == "down"
    # It has run in one process, and that is gone.
    assert not Path("/proc", up.removeprefix("up in ")).exists()
