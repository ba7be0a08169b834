"""Spawned workers: fresh interpreters that import what their test needs, and nothing else."""

from __future__ import annotations

import pytest

from .conftest import Suite

SPAWN = ("--isolated-loop-mode=all", "--isolated-loop-start=spawn")

#: Raised, or done, where a test is imported in any process but that of pytest itself.
ELSEWHERE = """
import os

if os.environ.setdefault("HOST", str(os.getpid())) != str(os.getpid()):
    {}
"""


def test_a_worker_is_a_fresh_interpreter_that_imports_its_own_module_alone(suite: Suite) -> None:
    suite.write(
        conftest="""
            import os, pytest
            print("conftest is loaded")
            HOST = os.environ.setdefault("HOST", str(os.getpid()))
        """,
        test_a="""
            import asyncio, os, sys, threading
            print("a is imported")
            imports = []

            async def test_first(tmp_path, request):
                imports.append(1)
                assert imports == [1]
                assert "test_b" not in sys.modules and "test_a" in sys.modules
                assert str(os.getpid()) != os.environ["HOST"] and os.getpgrp() == os.getpid()
                assert [item.name for item in request.session.items] == ["test_first", "test_second"]
                assert tmp_path.is_dir() and threading.active_count() == 1
                print("said by first")
                assert 0

            def test_second():
                imports.append(1)
                assert imports == [1]
                asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
        """,
        test_b="""
            import sys

            def test_b():
                assert "test_a" not in sys.modules
        """,
    )
    run = suite.run(*SPAWN)
    assert run.outcomes == {"passed": 2, "failed": 1}
    assert "3 of 3 tests isolated (mode all), 1 worker at a time, start method spawn" in run.stdout
    # Once each, by the host, where pytest captures what imports print.
    assert "is imported" not in run.stdout
    assert run.stdout.count("conftest is loaded") <= 1
    (failed,) = [each for each in run.reports if each["outcome"] == "failed"]
    assert [title for title, _ in failed["sections"]] == ["Captured stdout call"]
    assert failed["sections"][0][1] == "said by first\n"


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("raise RuntimeError('not here')", "the isolated test could not start: a fresh interpreter could not load it"),
        ("os._exit(0)", "exited with status 0 during start, while it imported the test"),
        ("os.abort()", "killed by SIGABRT during start"),
        ("sys.exit(5)", "a fresh interpreter could not load it"),
    ],
)
@pytest.mark.parametrize("where", ["conftest", "test_a"])
def test_what_cannot_be_imported_in_the_worker_costs_its_own_tests(
    suite: Suite, does: str, says: str, where: str
) -> None:
    sources = {"conftest": "", "test_a": "", where: ELSEWHERE.format(f"import sys; print('so far'); {does}")}
    suite.write(
        conftest=sources["conftest"],
        test_a=f"{sources['test_a']}\ndef test_a():\n    pass\n",
        test_b="def test_b():\n    pass\n",
    )
    run = suite.run(*SPAWN)
    assert run.outcomes == ({"errors": 2} if where == "conftest" else {"errors": 1, "passed": 1})
    assert run.outcome_of("test_a") == {"setup": "failed"}
    assert says in run.text_of("test_a")
    if does.startswith("raise"):
        assert "RuntimeError: not here" in run.text_of("test_a")
    if "os." in does:
        assert "so far" in run.text_of("test_a")


def test_an_import_that_hangs_in_the_worker(suite: Suite) -> None:
    suite.write(
        # The real limit is more time than a test of ours may take.
        conftest="import isolated_async.processes.start_method as real\nreal.SPAWN_LIMIT_S = 2\n",
        test_a=ELSEWHERE.format("__import__('time').sleep(60)") + "\ndef test_a():\n    pass\n",
        test_b="def test_b():\n    pass\n",
    )
    run = suite.run(*SPAWN)
    assert run.outcomes == {"errors": 1, "passed": 1}
    assert "Timeout: start took longer than 2 s" in run.text_of("test_a")
    assert 'test_a.py", line 4 in <module>' in run.text_of("test_a")
    assert "test session starts" not in run.text_of("test_a")


def test_a_plugin_that_has_to_see_every_test(suite: Suite) -> None:
    suite.write(
        conftest="""
            def pytest_collection_modifyitems(items):
                # The second half: of the whole suite, and not of a module.
                items[:] = items[len(items) // 2 :]
        """,
        test_a="def test_a():\n    pass\n",
        test_b="def test_b():\n    pass\n",
    )
    assert suite.run(*SPAWN).outcomes == {"passed": 1}


def test_a_marker_spawns_one_test_and_the_others_are_forked(suite: Suite) -> None:
    suite.write(
        test_a="""
            import pytest
            from isolated_async import isolated_loop

            imports = []

            @isolated_loop(start="spawn")
            async def test_spawned(request):
                assert len(request.session.items) == 3

            async def test_forked(request):
                assert len(request.session.items) == 4

            @isolated_loop(scope="class", start="spawn")
            class TestGroup:
                async def test_one(self):
                    imports.append(1)
        """,
        test_b="""
            def test_b():
                pass
        """,
    )
    run = suite.run("--isolated-loop", "--isolated-loop-workers=2", "--isolated-loop-start=fork")
    assert run.outcomes == {"passed": 4}
    assert "start method fork (2 of them spawned)" in run.stdout


def test_a_loop_that_a_conftest_has_made_is_that_of_the_tests_that_import_it(suite: Suite) -> None:
    """It is loaded before the case is known, and the test's module after that."""
    suite.write(
        conftest="import asyncio\n\nLOOP = asyncio.new_event_loop()\n",
        test_a="""
            import asyncio
            import conftest

            async def test_with_it():
                assert asyncio.get_running_loop() is conftest.LOOP
        """,
    )
    assert suite.run(*SPAWN).outcomes == {"passed": 1}


def test_a_proxy_of_a_module_that_answers_with_an_error(any_suite: Suite) -> None:
    """Where loops are looked for, nobody asks it what it is."""
    any_suite.write(
        test_a="""
            import asyncio, weakref

            class Lazy:
                @property
                def __class__(self):
                    raise RuntimeError("not yet")

            class Gone: pass

            LAZY, DEAD = Lazy(), weakref.proxy(Gone())
            LOOP = asyncio.new_event_loop()

            async def test_with_it():
                assert asyncio.get_running_loop() is LOOP
        """
    )
    assert any_suite.run("--isolated-loop", "--isolated-loop-start=fork").outcomes == {"passed": 1}
    assert any_suite.run("--isolated-loop", "--isolated-loop-start=spawn").outcomes == {"passed": 1}


def test_a_group_that_is_collected_twice(suite: Suite) -> None:
    suite.write(
        test_a="""
            from isolated_async import isolated_loop

            pytestmark = isolated_loop(scope="module")

            async def test_one():
                pass

            async def test_two():
                pass
        """
    )
    run = suite.run(*SPAWN, "--keep-duplicates", "test_a.py", "test_a.py")
    assert run.outcomes == {"passed": 4}


def test_a_group_has_one_start_method(suite: Suite) -> None:
    suite.write(
        test_a="""
            from isolated_async import isolated_loop

            @isolated_loop(scope="class")
            class TestGroup:
                @isolated_loop(start="spawn")
                async def test_one(self):
                    pass

                async def test_two(self):
                    pass
        """
    )
    run = suite.run_here()
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    assert "with tests that have start='spawn'; allowed: one for the whole group" in run.stderr


def test_everything_else_is_as_with_forks(suite: Suite) -> None:
    suite.write(
        test_a="""
            import os, pytest
            from isolated_async import isolated_loop, shared_fixture

            @shared_fixture(scope="session")
            def server():
                print("server starts")
                yield os.getpid()
                with open("torn_down", "a") as file:
                    file.write("x")

            @pytest.fixture(scope="module")
            def expensive():
                return []

            async def test_shared(server):
                assert server not in (os.getpid(), os.getppid())

            async def test_shared_again(server, record_property):
                record_property("server", server)

            @isolated_loop(scope="module", start="spawn")
            class TestGroup:
                async def test_one(self, expensive):
                    expensive.append(os.getpid())

                async def test_two(self, expensive):
                    assert expensive == [os.getpid()]

            @isolated_loop(timeout=0.2)
            async def test_hangs():
                import asyncio
                await asyncio.sleep(60)

            @pytest.mark.parametrize("value", ["a::b", "[x]"])
            async def test_names(value):
                pass
        """
    )
    for arguments in (["--isolated-loop-workers=2"], ["-n1"]):
        run = suite.run("--isolated-loop", "--isolated-loop-start=spawn", *arguments)
        assert run.outcomes == {"passed": 6, "failed": 1}
        assert "Timeout: call took longer than 0.2 s" in run.text_of("test_hangs")
        assert (suite.path / "torn_down").read_text() == "x"
        (suite.path / "torn_down").unlink()


@pytest.mark.parametrize("start", ["spawn", "fork"])
def test_a_plugin_that_is_loaded_by_its_module(suite: Suite, start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Under another name than its entry point has: a worker that took itself for a host would start workers too.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    suite.write(
        test_a="""
            import os
            HOST = os.environ.setdefault("HOST", str(os.getpid()))

            async def test_one(): assert str(os.getpid()) != HOST
            async def test_two(): assert str(os.getpid()) != HOST
        """
    )
    arguments = ("-p", "isolated_async.plugin", "-p", "second_thread", "--isolated-loop", "-o", "addopts=")
    run = suite.run(*arguments, f"--isolated-loop-start={start}")
    assert run.outcomes == {"passed": 2, "warnings": 1}  # The ini file speaks of a plugin that is not loaded.
    # Once: what the processes behind it print about their own sessions is not for the user.
    assert run.stdout.count("isolated-loop: 2 of 2 tests isolated") == run.stdout.count("collected 2 items") == 1


def test_a_hang_in_c_shows_its_stack(suite: Suite) -> None:
    suite.write(
        test_a="""
            import collections, itertools

            def deaf():
                collections.deque(itertools.repeat(0), maxlen=0)

            async def test_hangs():
                deaf()
        """
    )
    run = suite.run(*SPAWN, "--isolated-loop-timeout=0.5")
    assert run.outcomes == {"failed": 1}
    assert "(faulthandler)" in run.text_of("test_hangs")
    assert "in deaf" in run.text_of("test_hangs")
