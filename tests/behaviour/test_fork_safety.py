"""What must not be forked is found, named and spawned; everything else is forked."""

from __future__ import annotations

from .conftest import Suite

#: Whatever start method the suites of our tests have.
_AUTO = "--isolated-loop-start=auto"

_THREAD = "threading.Thread(target=threading.Event().wait, daemon=True, name='of a library').start()"


def test_modules_that_must_not_be_forked(suite: Suite) -> None:
    suite.write(
        library=f"import threading\n{_THREAD}\n",
        test_a_thread="""
            import library, threading

            async def test_thread():
                # A fork would have lost it.
                assert threading.active_count() == 2
        """,
        test_b_same_library="""
            import library, threading

            async def test_same_library():
                assert threading.active_count() == 2
        """,
        test_c_child="""
            import subprocess, sys

            CHILD = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

            async def test_child():
                assert CHILD.poll() is None
                CHILD.communicate(b"\\n", timeout=30)
                assert CHILD.returncode == 0
        """,
        test_d_uvloop="""
            import uvloop

            LOOP = uvloop.new_event_loop()

            def test_uvloop():
                LOOP.run_until_complete(__import__("asyncio").sleep(0))
        """,
        test_e_plain="""
            import asyncio, os, sys, threading

            LOOP = asyncio.new_event_loop()

            async def test_plain(request):
                assert threading.active_count() == 1
                # Forked from what has collected the whole suite, but for what must not be forked.
                assert {item.path.name for item in request.session.items} == {"test_e_plain.py", "test_f_plain.py"}
        """,
        test_f_plain="""
            async def test_plain_too():
                pass
        """,
    )
    run = suite.run("--isolated-loop-mode=all", "--isolated-loop-leaks=ignore", _AUTO)
    assert run.outcomes == {"passed": 6}
    assert "start method fork (3 of them spawned)" in run.stdout
    for line in (
        "test_a_thread.py is not forked, its import leaves 1 thread ('of a library')",
        "test_c_child.py is not forked, its import leaves 1 child process ('python",
        "test_d_uvloop.py is not forked, its import leaves an open event loop of uvloop.Loop",
        "test_b_same_library.py was not forked either, its import leaves 1 thread ('of a library')",
    ):
        assert f"isolated-loop: {line}" in run.stdout, line
    assert "_plain.py is not" not in run.stdout
    assert "_plain.py was not" not in run.stdout

    forked = suite.run("--isolated-loop-mode=all", "--isolated-loop-leaks=ignore", "--isolated-loop-start=fork")
    assert forked.outcome_of("test_thread")["call"] == forked.outcome_of("test_same_library")["call"] == "failed"
    assert forked.outcome_of("test_plain_too")["call"] == "passed"
    assert "isolated-loop: the process that forks the workers has 2 threads" in forked.stdout
    assert "is not forked" not in forked.stdout


def test_what_every_test_imports_leaves_nothing_to_fork(suite: Suite) -> None:
    suite.write(
        conftest=f"import threading\n{_THREAD}\n",
        test_a="""
            import threading, pytest

            @pytest.mark.parametrize("number", range(2))
            async def test_a(number):
                assert threading.active_count() == 2
        """,
    )
    run = suite.run("--isolated-loop", _AUTO)
    assert run.outcomes == {"passed": 2}
    assert (
        "isolated-loop: spawned, not forked: in the process that forks, there are 2 threads (of a library)"
        in run.stdout
    )


def test_a_suite_that_ignores_the_ends_of_its_children(suite: Suite) -> None:
    # In the one that collects for itself, such an import is tried in a fork first, for whose end it waits.
    suite.write(
        conftest="""
            import signal

            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        """,
        test_a="""
            import threading

            threading.Thread(target=threading.Event().wait, daemon=True, name="of a library").start()

            async def test_a():
                pass
        """,
        test_b="""
            import signal, threading, pytest

            @pytest.mark.parametrize("number", range(2))
            async def test_b(number):
                assert threading.active_count() == 1
                # As in process.
                assert signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN
        """,
    )
    run = suite.run("--isolated-loop", _AUTO)
    assert run.outcomes == {"passed": 3}


def test_a_thread_that_starts_later_is_noticed_before_the_next_fork(suite: Suite) -> None:
    suite.write(
        conftest="""
            import os, signal, threading

            def start_thread(*_):
                if not threading.active_count() > 1:
                    threading.Thread(target=threading.Event().wait, daemon=True, name="late").start()

            signal.signal(signal.SIGUSR1, start_thread)

            def pytest_runtest_teardown(item):
                # The process that forks them all.
                os.kill(os.getppid(), signal.SIGUSR1)
        """,
        test_a="""
            import pytest

            @pytest.mark.parametrize("number", range(4))
            async def test_a(number, request):
                request.node.user_properties.append(("items", request.session.testscollected))
        """,
        test_b="""
            async def test_b():
                pass
        """,
    )
    run = suite.run("--isolated-loop", _AUTO)
    assert run.outcomes == {"passed": 5}
    seen = [dict(each["user_properties"]).get("items") for each in run.reports if each["when"] == "teardown"]
    # Forks see the whole suite, a spawned worker its module. Another one may exist when the first one ends.
    assert seen[0] == 5
    assert seen[-2] == 4
    assert "there are 2 threads (late)" in run.stdout


def test_a_zygote_that_cannot_collect_without_what_must_not_be_forked(suite: Suite) -> None:
    suite.write(
        conftest="""
            import os

            if os.environ.setdefault("HOST", str(os.getpid())) != str(os.getpid()):
                raise RuntimeError("not here")
        """,
        test_a_thread=f"import threading\n{_THREAD}\nasync def test_thread():\n    pass\n",
        test_b_plain="async def test_plain():\n    pass\n",
    )
    run = suite.run("--isolated-loop", _AUTO)
    assert "INTERNALERROR" not in run.stdout
    assert run.outcomes == {"errors": 2}
    for name in ("test_thread", "test_plain"):
        assert "RuntimeError: not here" in run.text_of(name)
