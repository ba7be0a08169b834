"""Shared fixtures: set up once per run, lazily, in a process and a running loop of their own; torn down once."""

from __future__ import annotations

from .conftest import Suite

#: Notes in a file what happens, in which process; and an echo server of asyncio's.
NOTES = """
    import asyncio, os, sys
    import pytest
    from isolated_async import shared_fixture

    def note(text):
        with open("notes", "a") as notes:
            notes.write(text + "\\n")

    async def echo(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    async def ask(address):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"hello\\n")
        answer = await reader.readline()
        writer.close()
        return answer
"""


def _notes(suite: Suite) -> list[str]:
    path = suite.path / "notes"
    return path.read_text().splitlines() if path.exists() else []


def test_every_kind_once_and_in_order(any_suite: Suite) -> None:
    any_suite.write(
        conftest=f"""{NOTES}
    @pytest.fixture(scope="session")
    def directory(tmp_path_factory):
        note("directory up")
        yield tmp_path_factory.mktemp("shared")
        note("directory down")

    @shared_fixture
    def plain():
        note("plain up")
        return {{"answer": 42, "pid": os.getpid()}}

    @shared_fixture
    async def coroutine():
        await asyncio.sleep(0)
        note("coroutine up")
        return (1, {{2}})

    @shared_fixture(params=["a", "b"], ids=["first", "second"])
    def generator(directory, request, plain):
        note(f"generator {{request.param}} up")
        assert plain["pid"] != os.getpid()
        (directory / "file").write_text(request.param)
        yield directory / "file"
        note(f"generator {{request.param}} down, {{directory.is_dir()}}")

    @shared_fixture(name="server")
    async def _server(coroutine):
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        note("server up")
        yield server.sockets[0].getsockname()[:2]
        assert asyncio.get_running_loop() is server.get_loop()
        server.close()
        note(f"server down {{coroutine}}")

    @shared_fixture
    def never_asked_for():
        note("never")
""",
        test_a="""
            import os
            from pathlib import Path
            import pytest
            from conftest import ask

            pids = []

            async def test_isolated(server, plain, coroutine):
                assert await ask(server) == b"hello\\n"
                assert plain["answer"] == 42 and coroutine == (1, {2})
                assert plain["pid"] not in (os.getpid(), os.getppid())
                plain["answer"] = "a copy"

            def test_in_the_host(generator, plain, request):
                assert plain["answer"] == 42
                assert generator.read_text() == {"first": "a", "second": "b"}[request.node.callspec.id]
                assert "directory" not in request.fixturenames and "coroutine" not in request.fixturenames

            @pytest.mark.parametrize("number", range(3))
            async def test_by_name_at_run_time(request, number):
                assert await ask(request.getfixturevalue("server")) == b"hello\\n"

            async def test_asks_for_the_same_parameters(generator, request):
                assert generator.read_text() == {"first": "a", "second": "b"}[request.node.callspec.id]

            async def test_deselected(never_asked_for):
                pass
        """,
    )
    run = any_suite.run("--isolated-loop", "-k", "not deselected", "--isolated-loop-leaks=error")
    assert run.outcomes == {"passed": 8, "deselected": 1}, run.stdout
    assert run.result.ret == 0
    # The file exists after every test: its directory was not made again, nor removed with the test.
    assert sorted(_notes(any_suite)) == sorted(
        [
            *("coroutine up", "server up", "plain up"),
            *("directory up", "generator a up", "directory up", "generator b up"),
            *("generator a down, True", "directory down", "generator b down, True", "directory down"),
            "server down (1, {2})",
        ]
    )
    downs = [line for line in _notes(any_suite) if "down" in line]
    ups = [line for line in _notes(any_suite) if " up" in line and "directory" not in line]
    assert [line.split()[:2] for line in downs if "directory" not in line] == [
        [name, "down" if name == "server" else parameter]
        for name, parameter, *_ in reversed(
            [line.split() for line in ups if line.split()[0] in ("generator", "server")]
        )
    ]


def test_with_nothing_isolated_and_shared_by_the_ini_file(any_suite: Suite) -> None:
    any_suite.ini("isolated_loop_shared_fixtures = costly of_a_plugin absent", "asyncio_mode = auto")
    any_suite.write(
        conftest=f"""{NOTES}
    import pytest_asyncio

    @pytest.fixture(scope="session")
    def costly(tmp_path_factory):
        note("costly up")
        yield os.getpid()
        note("costly down")

    @pytest_asyncio.fixture(scope="session", loop_scope="session")
    async def of_a_plugin(costly):
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        note("server up")
        yield server.sockets[0].getsockname()[:2]
        server.close()
        note("server down")
""",
        test_a="""
            import asyncio, os
            import pytest
            from conftest import ask

            @pytest.mark.parametrize("number", range(2))
            def test_sync(costly, number):
                assert costly != os.getpid()

            def test_overridden(of_a_plugin):
                assert asyncio.run(ask(of_a_plugin)) == b"hello\\n"

            class TestOverridden:
                @pytest.fixture
                def costly(self, costly):
                    return [costly, os.getpid()]

                def test_closer_one(self, costly):
                    assert costly[0] != costly[1] == os.getpid()
        """,
    )
    run = any_suite.run("--isolated-loop-mode=off", "-p", "asyncio")
    assert run.outcomes == {"passed": 4}, run.stdout
    assert "isolated_loop_shared_fixtures: no collected test has a fixture 'absent'" in run.stdout
    # One that overrides it, with a narrower scope, is not shared.
    assert _notes(any_suite) == ["costly up", "server up", "server down", "costly down"]


def test_what_fails_says_what_and_why(any_suite: Suite) -> None:
    any_suite.write(
        conftest=f"""{NOTES}
    import logging, threading, warnings
    from types import SimpleNamespace

    @shared_fixture
    async def broken():
        note("broken up")
        print("about to break")
        logging.warning("it breaks")
        raise RuntimeError("no server here")

    @shared_fixture
    def needs_broken(broken):
        note("never")

    @shared_fixture
    def no_value():
        note("no_value up")
        yield SimpleNamespace(url="x", pools=[1, {{"lock": threading.Lock()}}])
        note("no_value down")

    @shared_fixture
    def skips():
        pytest.skip("not on this machine")

    @shared_fixture
    def gets_in_a_circle(other):
        pass

    @shared_fixture
    def other(gets_in_a_circle):
        pass

    @shared_fixture
    def prints():
        print("said at setup")
        warnings.warn("a warning of prints")
        yield "value"
        print("said at teardown", file=sys.stderr)
        raise ValueError("teardown broke")

    class Choosy:
        def __setstate__(self, state):
            raise OSError("not in this process")
        def __getstate__(self):
            return {{"a": 1}}

    @shared_fixture
    def choosy():
        return Choosy()

    @shared_fixture
    def large():
        return b"x" * (64 * 1024 * 1024)
""",
        test_a="""
            async def test_one(broken): pass
            async def test_two(needs_broken): pass
            def test_three(broken): pass
            async def test_no_value(no_value): pass
            async def test_skips(skips): pass
            def test_skips_too(skips): pass
            async def test_circle(gets_in_a_circle): pass
            async def test_prints(prints): assert prints == "other"
            async def test_prints_again(prints): pass
            async def test_choosy(choosy): pass
            async def test_large(large): pass
        """,
    )
    run = any_suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 1, "failed": 1, "skipped": 2, "errors": 8, "warnings": 1}, run.stdout
    for test in ("test_one", "test_two", "test_three"):
        text = run.text_of(test)
        assert "shared fixture 'broken' failed at setup: RuntimeError: no server here" in text
        assert "conftest.py" in text
        assert "about to break" in text
        assert "it breaks" in text
    text = run.text_of("test_no_value")
    assert "the value of shared fixture 'no_value', of type types.SimpleNamespace, cannot be sent to the tests" in text
    assert "because of no_value.pools[1]['lock']: _thread.lock cannot be pickled (TypeError: " in text
    assert "not on this machine" in run.stdout or run.outcome_of("test_skips")["setup"] == "skipped"
    assert "gets_in_a_circle' needs itself: " in run.text_of("test_circle") or "'other' needs itself: other -> " in (
        run.text_of("test_circle")
    )
    assert "said at setup" in run.text_of("test_prints")
    # A teardown that fails is an error of the last test that has asked; what it printed is shown there.
    assert run.outcome_of("test_prints_again") == {"setup": "passed", "call": "passed", "teardown": "failed"}
    assert "shared fixture 'prints' failed at teardown: ValueError: teardown broke" in run.text_of("test_prints_again")
    assert "said at teardown" in run.text_of("test_prints_again")
    assert "cannot be loaded here" in run.text_of("test_choosy")
    assert "OSError: not in this process" in run.text_of("test_choosy")
    assert "takes 64 MiB when pickled; at most 64 MiB are sent" in run.text_of("test_large")
    assert run.stdout.count("UserWarning: a warning of prints") == 1
    assert run.result.ret == 1
    assert sorted(_notes(any_suite)) == ["broken up", "no_value down", "no_value up"]


def test_which_tests_share_a_value(any_suite: Suite) -> None:
    any_suite.write(
        conftest=f"""{NOTES}
    class Size:
        def __init__(self, rows):
            self.rows = rows

    @pytest.fixture(scope="session", params=[pytest.param(Size(1), id="one"), pytest.param(Size(2), id="two")])
    def size(request):
        return request.param.rows

    @shared_fixture
    def table(size):
        note(f"table {{size}}")
        return [size, os.getpid()]

    @shared_fixture
    def given(request):
        note(f"given {{getattr(request.param, 'rows', request.param)}}")
        return [getattr(request.param, 'rows', request.param), os.getpid()]

    @shared_fixture(autouse=True)
    async def everywhere():
        note(type(asyncio.get_running_loop()).__module__)

    @shared_fixture
    def inner():
        return ["inner"]
""",
        test_a="""
            import pytest
            from conftest import Size

            async def test_table(table, request):
                assert table[0] == {"one": 1, "two": 2}[request.node.callspec.id]

            @pytest.mark.usefixtures("table")
            def test_table_in_the_host(request): pass

            @pytest.mark.parametrize("given", ["a", "b"], indirect=True)
            async def test_given(given, request):
                assert given[0] == request.node.callspec.id

            @pytest.mark.parametrize("given", ["b", "c"], indirect=True)
            async def test_given_too(given, request):
                assert given[0] == request.node.callspec.id

            @pytest.mark.parametrize("given", [Size(1), Size(2)], indirect=True)
            async def test_given_objects(given): pass

            @pytest.mark.parametrize("given", [Size(1), Size(2)], indirect=True)
            async def test_given_other_objects(given): pass

            class TestOverridden:
                @pytest.fixture
                def inner(self, inner):
                    return [*inner, "closer"]

                async def test_closer(self, inner):
                    assert inner == ["inner", "closer"]
        """,
    )
    run = any_suite.run("--isolated-loop", "--isolated-loop-factory=uvloop.new_event_loop", "--isolated-loop-workers=2")
    assert run.outcomes == {"passed": 13}, run.stdout
    given = ["given a", "given b", "given c", *["given 1", "given 2"] * 2]
    assert sorted(_notes(any_suite)) == sorted([*given, "table 1", "table 2", "uvloop"])


def test_what_it_needs_may_take_long(suite: Suite) -> None:
    """A wide fixture is told where each test sets it up anew: not here."""
    suite.write(
        conftest="""
            import time
            import pytest
            from isolated_async import shared_fixture

            @pytest.fixture(scope="session")
            def dear():
                time.sleep(0.05)
                return "dear"

            @shared_fixture
            def table(dear):
                return [dear]
        """,
        test_a="async def test_one(table): assert table == ['dear']\nasync def test_two(table): pass\n",
    )
    run = suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 2}, run.stdout
    assert "was set up" not in run.stdout
