"""``@isolated_loop`` under plain ``python -m unittest``: the tests run in workers, the result is the ordinary one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from ..inner_pytest import NONE_OF_THEM, OF_THE_OUTER_RUN
from .conftest import ZYGOTES

#: The decorator, or nothing at all; where a process is; a second thread, so that the host must not be forked.
OPT_IN = """
    import os, threading

    HOST = int(os.environ.setdefault("HOST_PID", str(os.getpid())))

    def where():
        return "host" if os.getpid() == HOST else "worker"

    def note(text):
        with open("notes", "a") as notes:
            notes.write(f"{text} in {where()}\\n")

    if os.environ.get("IN_PROCESS"):
        def isolated(*arguments, **options):
            return arguments[0] if arguments and not isinstance(arguments[0], bool) else (lambda cls: cls)
    else:
        from isolated_async import isolated_loop as isolated

    if os.environ.get("ZYGOTE") == "fresh" and where() == "host":
        threading.Thread(target=threading.Event().wait, daemon=True).start()
"""

OUTCOMES = """
    import asyncio, sys, unittest
    from opt_in import isolated, note

    def setUpModule():
        note("setUpModule")

    def tearDownModule():
        note("tearDownModule")

    @isolated(scope="module")
    class Base(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            note(f"setUpClass {cls.__name__}")

        @classmethod
        def tearDownClass(cls):
            note(f"tearDownClass {cls.__name__}")

    class A(Base):
        def test_pass(self):
            note("test")

        def test_failure(self):
            a_local = ["one"]
            print("printed by the failure")
            self.assertEqual(a_local, ["two"])

        def test_error(self):
            try:
                {}["key"]
            except KeyError as error:
                raise ValueError("two\\nlines") from error

        def test_exit(self):
            sys.exit("out")

        def test_failure_and_error(self):
            self.addCleanup(lambda: 1 / 0)
            self.fail("first")

        @unittest.skip("of the method")
        def test_skip_method(self): ...

        def test_skip_inside(self):
            self.skipTest("inside")

        @unittest.expectedFailure
        def test_expected(self):
            self.fail("as expected")

        @unittest.expectedFailure
        def test_unexpected(self): ...

        def test_sub(self):
            for number in range(3):
                with self.subTest("message", number=number, text="t"):
                    self.assertNotEqual(number, 1)
            with self.subTest(other=object):
                raise LookupError("in a subtest")
            with self.subTest("skipped"):
                self.skipTest("in a subtest")

    class BadSetUp(Base):
        @classmethod
        def setUpClass(cls):
            cls.addClassCleanup(note, "class cleanup")
            raise OSError("set-up of the class")

        def test_one(self): ...
        def test_two(self): ...

    class BadTearDown(Base):
        @classmethod
        def tearDownClass(cls):
            raise OSError("teardown of the class")

        def test_one(self): ...
        def test_two(self): ...

    class Isolated(unittest.IsolatedAsyncioTestCase, Base):
        async def asyncSetUp(self):
            self.queue = asyncio.Queue()

        async def test_pass(self):
            self.queue.put_nowait(1)
            self.assertEqual(await self.queue.get(), 1)

        async def test_failure(self):
            await asyncio.sleep(0)
            self.fail("async")

    @unittest.skip("of the class")
    class Skipped(Base):
        def test_one(self): ...

    class SkippedSetUp(Base):
        @classmethod
        def setUpClass(cls):
            raise unittest.SkipTest("in the set-up of the class")

        def test_one(self): ...
"""

#: Frames of what runs tests: with one less of them, a traceback is the same.
_MACHINERY = re.compile(r'  File "[^"]*/(?:unittest|asyncio)/[^"]*", line .*\n(?:    .*\n)*')


class UnittestSuite:
    """Modules in a directory, and how unittest runs them."""

    def __init__(self, path: Path, zygote: str = "forked") -> None:
        self.path = path
        self._zygote = zygote
        self.write(opt_in=OPT_IN)

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.path / f"{name}.py").write_text(textwrap.dedent(text))

    def start(self, *command: str, in_process: bool = False) -> subprocess.Popen[str]:
        (self.path / "notes").write_text("")
        environment = {name: value for name, value in os.environ.items() if name not in OF_THE_OUTER_RUN}
        environment |= {"ZYGOTE": self._zygote, **({"IN_PROCESS": "1"} if in_process else {})}
        environment.pop("HOST_PID", None)
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.path,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def run(self, *command: str, in_process: bool = False) -> tuple[int, str, str]:
        """Exit status, stdout and stderr; the notes are in :attr:`notes`."""
        process = self.start(*command, in_process=in_process)
        stdout, stderr = process.communicate(timeout=60)
        return process.returncode, stdout, stderr

    @property
    def notes(self) -> list[str]:
        return (self.path / "notes").read_text().splitlines()


@pytest.fixture(params=ZYGOTES)
def any_suite(request: pytest.FixtureRequest, tmp_path: Path) -> UnittestSuite:
    return UnittestSuite(tmp_path, request.param)


@pytest.fixture
def suite(tmp_path: Path) -> UnittestSuite:
    return UnittestSuite(tmp_path)


def _normalised(stderr: str) -> str:
    stderr = re.sub(r"isolated-loop: .*\n", "", stderr)
    return re.sub(r"\d+\.\d\d\ds", "0.000s", _MACHINERY.sub("", stderr))


@pytest.mark.parametrize("arguments", [("-v",), ("-b", "--locals"), ("-f", "-v", "-k", "BadT", "-k", "test_sub")])
def test_the_same_as_without_the_decorator(any_suite: UnittestSuite, arguments: tuple[str, ...]) -> None:
    any_suite.write(test_outcomes=OUTCOMES)
    runs, notes = [], []
    for in_process in (True, False):
        status, stdout, stderr = any_suite.run("-m", "unittest", *arguments, in_process=in_process)
        runs.append((status, stdout.split(), _normalised(stderr).splitlines()))
        notes.append(any_suite.notes)
    assert runs[0] == runs[1]
    assert runs[1][0] == 1
    # The same fixtures, each as often, and none of them nor of the tests here.
    assert [note.replace("host", "worker") for note in notes[0]] == notes[1]
    assert len(notes[1]) > 3


HARD = """
    import asyncio, os, signal, sys, threading, time, unittest
    from opt_in import isolated, note, where

    @isolated(timeout=30)
    class Hard(unittest.TestCase):
        @classmethod
        async def setUpClass(cls):
            cls.addClassCleanup(cls.clean_up)
            note("setUpClass")

        @classmethod
        async def clean_up(cls):
            note("class cleanup")

        def tearDown(self):
            note("tearDown of " + self._testMethodName)

        def test_abort(self):
            os.abort()

        def test_exit(self):
            os._exit(0)

        @isolated(timeout=0.5)
        def test_hang(self):
            time.sleep(60)

        @isolated(timeout=0.5)
        async def test_hang_async(self):
            await asyncio.sleep(60)

        async def test_async_failure(self):
            await asyncio.sleep(0)
            self.fail("only isolated does this run")

        async def test_nested(self):
            asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))

        def test_leak(self):
            threading.Thread(target=time.sleep, args=(60,)).start()

        @isolated(leaks="error")
        def test_leak_error(self):
            threading.Thread(target=time.sleep, args=(60,)).start()

        def test_eager(self):
            asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
"""


def test_what_only_isolation_survives(any_suite: UnittestSuite) -> None:
    any_suite.write(test_hard=HARD)
    status, _, stderr = any_suite.run("-m", "unittest", "-v")
    assert status == 1
    assert dict(re.findall(r"^(test_\w+) \(.*\) \.\.\. (.*)$", stderr, re.MULTILINE)) == {
        "test_abort": "ERROR",
        "test_async_failure": "FAIL",
        "test_eager": "ok",
        "test_exit": "ERROR",
        "test_hang": "ERROR",
        "test_hang_async": "ERROR",
        "test_leak": stderr.partition("test_leak (")[2].splitlines()[0].partition(" ... ")[2],
        "test_leak_error": "ERROR",
        "test_nested": "ERROR",
    }
    assert "FAILED (failures=1, errors=6)" in stderr
    for said in (
        "the worker process was killed by SIGABRT during call\n",
        "Fatal Python error: Aborted",
        "the worker process exited with status 0 during call\n",
        "Timeout: call took longer than 0.5 s\n",
        "Task 'isolated-async case':",
        "AssertionError: only isolated does this run\n",
        "RuntimeError: This event loop is already running\n\nisolated-loop: why\n",
        "  outer run:  the test itself: its coroutine is running\n",
        "LeakWarning: running thread 'Thread-",
        "The test left something behind (leaks='error'):\n",
        "isolated-loop: 2 tests never run their body in process, and pass there if their set-up does\n",
    ):
        assert said in stderr, f"{said!r} is not in\n{stderr}"
    assert "isolated_async/unittest_host" not in stderr
    assert any_suite.notes.count("setUpClass in worker") == 9
    # Those that were broken off were torn down.
    assert any_suite.notes.count("class cleanup in worker") == 7
    assert "tearDown of test_hang in worker" in any_suite.notes
    assert not [note for note in any_suite.notes if note.endswith("host")]


def test_what_the_end_of_the_run_says_begins_a_line(suite: UnittestSuite) -> None:
    suite.write(
        test_one="""
            import unittest
            from isolated_async import isolated_loop

            @isolated_loop
            class One(unittest.TestCase):
                async def test_one(self): ...
        """
    )
    status, _, stderr = suite.run("-m", "unittest")
    assert status == 0
    assert stderr.splitlines()[:2] == [
        ".",
        "isolated-loop: 1 test never runs its body in process, and passes there if its set-up does",
    ]


MIXED = """
    import unittest
    from opt_in import isolated, note

    def setUpModule():
        note("setUpModule")

    class Mixed(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            note("setUpClass")

        def test_a(self):
            note("a")

        @isolated
        async def test_b(self):
            note("b")

        def test_c(self):
            note("c")

    @isolated
    class OptedOut(unittest.TestCase):
        @isolated(False)
        def test_d(self):
            note("d")

        def test_e(self):
            note("e")

    class WithState(unittest.TestCase):
        def __init__(self, number):
            super().__init__("test_number")
            self.number = number

        @isolated
        def test_number(self):
            note(f"number {self.number}")

    def load_tests(loader, tests, pattern):
        tests = unittest.TestSuite(loader.loadTestsFromTestCase(cls) for cls in (Mixed, OptedOut))
        tests.addTests(WithState(number) for number in (1, 2))
        return tests

    if __name__ == "__main__":
        unittest.main()
"""


def test_only_some_are_isolated(suite: UnittestSuite) -> None:
    suite.write(test_mixed=MIXED)
    expected = (
        *("setUpModule in host", "setUpClass in host", "a in host"),
        *("setUpModule in worker", "setUpClass in worker", "b in worker", "c in host", "d in host"),
        *("setUpModule in worker", "e in worker", "setUpModule in worker", "number 1 in worker"),
        *("setUpModule in worker", "number 2 in worker"),
    )
    for command in (("-m", "unittest", "test_mixed"), ("test_mixed.py",)):
        status, _, stderr = suite.run(*command)
        assert (status, stderr[-4:]) == (0, "\nOK\n"), stderr
        assert suite.notes == list(expected)


def test_a_script_in_a_fresh_interpreter(tmp_path: Path) -> None:
    suite = UnittestSuite(tmp_path, "fresh")
    suite.write(
        script="""
        import pickle, unittest
        from opt_in import isolated, note

        class Value: ...

        @isolated
        class Test(unittest.TestCase):
            def test_value(self):
                self.assertIs(type(pickle.loads(pickle.dumps(Value()))), Value)
                note(self.id())

        def make():
            @isolated
            class Local(unittest.TestCase):
                def test_local(self): ...
            return Local

        Local = make()

        if __name__ == "__main__":
            unittest.main()
        """
    )
    status, _, stderr = suite.run("script.py")
    assert (status, suite.notes) == (1, ["__main__.Test.test_value in worker"])
    assert "could not start: the worker side collected no test '__main__.make.<locals>.Local.test_local'" in stderr
    suite.write(
        test_once="""
        import opt_in, unittest

        if opt_in.where() == "worker":
            raise OSError("not twice")

        @opt_in.isolated
        class Test(unittest.TestCase):
            def test_one(self): ...
        """
    )
    status, _, stderr = suite.run("-m", "unittest", "test_once")
    assert status == 1
    assert "ERROR: test_one (test_once.Test" in stderr
    assert "the isolated test could not start: the worker side failed\n" in stderr
    assert "OSError: not twice\n" in stderr


def test_a_test_by_itself_and_a_bad_marker(suite: UnittestSuite) -> None:
    suite.write(
        test_alone="""
        import sys, unittest
        from opt_in import isolated, note

        class OwnFailure(Exception):
            def __init__(self, one, two):
                super().__init__(one, two)

        @isolated
        class Test(unittest.TestCase):
            failureException = OwnFailure

            def test_one(self):
                note("one")
                raise OwnFailure(1, 2)

        @isolated(timeout="soon")
        class Bad(unittest.TestCase):
            def test_bad(self):
                note("bad")

        if __name__ == "__main__":
            result = Test("test_one")()
            ((test, text),) = result.failures
            assert text.endswith("OwnFailure: (1, 2)\\n"), text
            assert text.startswith("Traceback (most recent call last):\\n  File "), text
            Bad("test_bad")()
        """
    )
    status, _, stderr = suite.run("test_alone.py")
    assert status == 1
    assert "__main__.Bad.test_bad: @isolated_loop got timeout='soon', which is no number of seconds above 0" in stderr
    assert suite.notes == ["one in worker"]


def test_interrupted(any_suite: UnittestSuite) -> None:
    any_suite.write(
        test_long="""
        import os, subprocess, time, unittest
        from opt_in import isolated, note

        @isolated
        class Test(unittest.TestCase):
            def test_one(self):
                subprocess.Popen(["sleep", "1000"], start_new_session=True)
                note("one")
                time.sleep(1000)

            def test_two(self):
                note("two")
        """
    )
    process = any_suite.start("-m", "unittest")
    end = time.monotonic() + 60
    while not any_suite.notes:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert len(_processes_in(any_suite.path)) >= 5  # host, keeper, zygote, worker, and what that has started
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in stderr
    assert any_suite.notes == ["one in worker"]
    assert not _processes_in(any_suite.path)


def _processes_in(directory: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").resolve() == directory.resolve():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def test_inside_of_pytest_unittest_isolates_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_inner="""
        import os, unittest
        from isolated_async import isolated_loop

        HOST = os.getpid()

        def test_run_by_hand():
            call, run = unittest.TestCase.__call__, unittest.TestSuite.run

            @isolated_loop
            class Inner(unittest.TestCase):
                def test_here(self):
                    self.assertEqual(os.getpid(), HOST)

            result = unittest.TestResult()
            unittest.defaultTestLoader.loadTestsFromTestCase(Inner).run(result)
            assert (result.testsRun, result.failures, result.errors) == (1, [], [])
            assert (call, run) == (unittest.TestCase.__call__, unittest.TestSuite.run)
            assert call.__module__ == "unittest.case"
        """
    )
    result = pytester.runpytest_subprocess(*NONE_OF_THEM)
    result.assert_outcomes(passed=1)
