"""What is seen in code, and what is not: each kind with code that has it, and with code that only looks so."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from types import FrameType

import pytest

from isolated_async.doctor.kinds import KINDS
from isolated_async.doctor.rules import scan
from isolated_async.doctor.sources import Sources

FOUND = {
    "asyncio_run_in_a_test": (
        """
        import asyncio
        async def test_a():
            asyncio.run(other())
        """,
        ["3 run-in-coroutine asyncio.run(...) in test_a"],
    ),
    "by_another_name": (
        """
        from asyncio import run as drive
        class TestA:
            async def test_a(self):
                return drive(other())
        """,
        ["4 run-in-coroutine drive(...) in TestA.test_a"],
    ),
    "run_until_complete_in_a_fixture": (
        """
        import pytest
        @pytest.fixture
        async def db(loop):
            loop.run_until_complete(connect())
        """,
        ["4 run-in-coroutine loop.run_until_complete(...) in db"],
    ),
    "eager_set_up": (
        """
        import asyncio, unittest
        class Base(unittest.TestCase):
            def setUp(self):
                asyncio.get_event_loop().run_until_complete(self.asyncSetUp())
            async def asyncSetUp(self): ...
            def test_a(self): ...
        """,
        ["4 current-loop asyncio.get_event_loop() in Base.setUp", "4 eager-set-up Base.setUp"],
    ),
    "async_test_on_a_testcase": (
        """
        import unittest
        class Base(unittest.TestCase): ...
        class A(Base):
            async def test_a(self):
                assert False
        """,
        ["4 async-test-on-testcase A.test_a"],
    ),
    "async_hooks": (
        """
        import unittest
        from unittest import IsolatedAsyncioTestCase
        class A(unittest.TestCase):
            async def setUp(self): ...
            @classmethod
            async def tearDownClass(cls): ...
        class B(IsolatedAsyncioTestCase):
            async def tearDown(self): ...
            async def test_a(self): ...
        class TestC:
            async def setup_method(self): ...
        """,
        [
            "4 async-hook A.setUp",
            "6 async-hook A.tearDownClass",
            "8 async-hook B.tearDown",
            "11 async-hook TestC.setup_method",
        ],
    ),
    "uncalled_hook": (
        """
        import unittest
        class A(unittest.TestCase):
            async def asyncTearDown(self): ...
        """,
        ["3 uncalled-hook A.asyncTearDown"],
    ),
    "missing_await": (
        """
        async def save(): ...
        async def test_a():
            save()
        class TestB:
            async def prepare(self): ...
            async def test_b(self):
                self.prepare()
        """,
        ["3 missing-await save(...)", "7 missing-await self.prepare(...)"],
    ),
    "missing_await_of_a_function_within": (
        """
        async def inner(): ...
        async def test_a():
            async def inner(): ...
            inner()
        def test_b():
            async def inner(wait): await wait()
            async def other():
                inner(None)
            return other
        """,
        ["4 missing-await inner(...)", "8 missing-await inner(...)"],
    ),
    "returned_coroutine": (
        """
        import unittest
        async def body(): ...
        def test_a():
            return body()
        class A(unittest.TestCase):
            async def check(self): ...
            def test_b(self):
                return self.check()
        """,
        [
            "4 returned-coroutine test_a returns body(...)",
            "8 returned-coroutine test_b returns self.check(...)",
        ],
    ),
    "current_loop": (
        """
        import asyncio, unittest
        def test_a():
            asyncio.get_event_loop().run_until_complete(other())
        class A(unittest.TestCase):
            def setUp(self):
                self.loop = asyncio.get_event_loop()
        """,
        ["3 current-loop asyncio.get_event_loop() in test_a", "6 current-loop asyncio.get_event_loop() in A.setUp"],
    ),
    "at_import": (
        """
        import asyncio
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())
        class TestA:
            ready = asyncio.Future(loop=loop)
        if asyncio.get_event_loop().is_running():
            pass
        """,
        [
            "2 loop-at-import asyncio.new_event_loop() in module test_it",
            "3 policy-at-import asyncio.set_event_loop_policy(...) in module test_it",
            "5 loop-at-import asyncio.Future() in module test_it",
            "6 loop-at-import asyncio.get_event_loop() in module test_it",
        ],
    ),
    "waits_for_itself": (
        """
        import asyncio
        async def test_a():
            loop = asyncio.get_running_loop()
            asyncio.run_coroutine_threadsafe(other(), loop).result(timeout=5)
        async def test_b():
            asyncio.run_coroutine_threadsafe(other(), asyncio.get_event_loop()).result()
        """,
        [
            "4 waits-for-itself asyncio.run_coroutine_threadsafe(...).result() in test_a",
            "6 waits-for-itself asyncio.run_coroutine_threadsafe(...).result() in test_b",
        ],
    ),
    "event_loop_fixture": (
        """
        import asyncio, pytest
        @pytest.fixture(scope="session")
        def event_loop():
            loop = asyncio.new_event_loop()
            yield loop
            loop.close()
        """,
        ["3 event-loop-fixture a fixture of the suite's own in module test_it"],
    ),
}
SOUND = {
    "a_loop_that_is_current": """
        import asyncio, pytest
        @pytest.fixture(autouse=True)
        def current():
            asyncio.set_event_loop(asyncio.new_event_loop())
        def test_a():
            asyncio.get_event_loop()
        """,
    "a_base_that_makes_one_current": """
        import asyncio
        from tornado.testing import AsyncTestCase
        class A(AsyncTestCase):
            def test_a(self):
                asyncio.get_event_loop()
        """,
    "where_a_loop_runs": """
        import asyncio
        async def test_a():
            asyncio.get_event_loop()
        def helper():
            return asyncio.get_event_loop()
        """,
    "expected": """
        import asyncio, contextlib, pytest, unittest
        async def other(): ...
        async def test_a():
            with pytest.raises(RuntimeError):
                asyncio.run(other())
            try:
                asyncio.get_event_loop().run_until_complete(other())
            except RuntimeError:
                pass
            with contextlib.suppress(RuntimeError):
                other()
        """,
    "in_a_sync_function_of_a_coroutine": """
        import asyncio
        async def test_a():
            def in_a_thread():
                asyncio.run(other())
            await asyncio.to_thread(in_a_thread)
            await asyncio.to_thread(lambda: asyncio.run(other()))
        """,
    "a_method_of_the_suite_with_that_name": """
        import asyncio
        class Worker:
            async def run_until_complete(self, limit=None): ...
        async def test_a():
            await Worker().run_until_complete()
            await Worker().run_until_complete(5)
            await asyncio.create_task(Worker().run_until_complete())
        """,
    "in_sync_tests": """
        import asyncio
        async def other(): ...
        def test_a():
            asyncio.run(other())
            loop = asyncio.new_event_loop()
            loop.run_until_complete(other())
        """,
    "functions_within_that_may_be_something_else": """
        import pytest
        from contextlib import suppress
        async def test_a(lazy, flag):
            async def inner(): ...
            inner = lazy(inner)
            inner()
        async def test_b(lazy, flag):
            @lazy
            async def inner(): ...
            inner()
        async def test_c(lazy, flag):
            if flag:
                async def inner(): ...
            inner()
        async def test_d(lazy, flag):
            async def inner(): ...
            def other(inner):
                inner()
            def changes():
                nonlocal inner
        async def test_e(lazy, flag):
            async def inner(): yield
            inner()
        async def test_f(lazy, flag):
            async def inner(): ...
            from helpers import inner
            inner()
        async def test_g(lazy, flag):
            async def inner(): ...
            with pytest.raises(TypeError):
                inner()
        async def test_h(lazy, flag):
            async def inner(): ...
            class Other:
                def inner(): ...
                inner()
        async def test_i(lazy, flag):
            async def inner(): ...
            del inner
            with lazy as inner:
                inner()
        async def test_j(lazy, flag):
            async def inner(): ...
            match flag:
                case [*inner]:
                    inner()
        async def test_k(lazy, flag):
            async def inner(): ...
            await inner()
            task = inner()
            [inner() for _ in flag]
        async def test_l(lazy, flag):
            async def other():
                async def inner(): ...
            inner()
        """,
    "bases_that_may_await": """
        import unittest
        from django.test import TestCase
        from tornado.testing import AsyncTestCase
        class A(TestCase):
            async def test_a(self): ...
        class B(AsyncTestCase):
            async def test_b(self): ...
            async def setUp(self): ...
        class Runs(unittest.TestCase):
            def _callTestMethod(self, method): ...
        class C(Runs):
            async def test_c(self): ...
        class TestD(Unknown):
            async def setup_method(self): ...
        """,
    "decorators_that_may_await": """
        import unittest
        from somewhere import sync
        class A(unittest.TestCase):
            @sync
            async def test_a(self): ...
        @sync
        async def save(): ...
        def test_b():
            save()
        @sync
        def test_c():
            return other()
        async def other(): ...
        """,
    "hooks_that_are_called": """
        import unittest
        class A(unittest.TestCase):
            async def asyncSetUp(self): ...
            async def asyncTearDown(self): ...
            def run(self, result=None):
                drive(self.asyncSetUp, self.asyncTearDown)
        class B(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self): ...
            async def test_a(self): ...
        class C(unittest.TestCase):
            async def asyncSetUp(self): ...
            def setUp(self):
                self.loop.call(self.asyncSetUp)
        """,
    "names_that_stand_for_something_else": """
        async def save(): ...
        def test_a(save):
            save()
        def test_b():
            save = print
            save()
        class TestC:
            async def prepare(self): ...
            def test_c(self):
                self.prepare = print
                self.prepare()
        """,
    "other_modules_by_the_same_name": """
        import test_it
        async def start(): ...
        def test_a(test_it):
            test_it.start()
        """,
    "other_modules_of_a_variable": """
        import test_it
        async def start(): ...
        def test_a():
            with open_client() as test_it:
                test_it.start()
        """,
    "generators": """
        async def numbers():
            yield 1
        def test_a():
            numbers()
        """,
    "not_at_import": """
        import asyncio
        from typing import TYPE_CHECKING
        def make():
            class Holder:
                loop = asyncio.new_event_loop()
        make_later = lambda: asyncio.new_event_loop()
        if __name__ == "__main__":
            loop = asyncio.new_event_loop()
        """,
    "at_import_on_a_condition": """
        import asyncio, os, sys
        WINDOWS = os.name == "nt"
        if sys.platform == "win32":
            asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
        elif sys.version_info < (3, 8):
            loop = asyncio.new_event_loop()
        if WINDOWS:
            asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
        loop = asyncio.new_event_loop() if WINDOWS else None
        match sys.platform:
            case "win32":
                loop = asyncio.new_event_loop()
        """,
    "another_loop": """
        import asyncio
        async def test_a(loop_of_a_thread):
            asyncio.run_coroutine_threadsafe(other(), loop_of_a_thread).result()
            future = asyncio.run_coroutine_threadsafe(other(), asyncio.get_running_loop())
            await asyncio.wrap_future(future)
        """,
    "another_asyncio": """
        from nothing import asyncio
        from . import loops as asyncio_loops
        loop = asyncio.new_event_loop()
        async def test_a():
            asyncio.run(other())
        """,
    "no_fixture": """
        def event_loop():
            return 5
        """,
}

#: What Python itself cannot parse.
TOO_DEEP = b"x = " + 100_000 * b"-" + b"1"


def _scanned(tmp_path: Path, source: str, name: str = "test_it") -> list[str]:
    file = tmp_path / f"{name}.py"
    file.write_text(textwrap.dedent(source).lstrip())
    return [f"{each.line} {each.kind.name} {each.text}" for each in scan(Sources({name: str(file)}, [str(file)]))]


@pytest.mark.parametrize(("source", "expected"), FOUND.values(), ids=FOUND)
def test_found(tmp_path: Path, source: str, expected: list[str]) -> None:
    assert _scanned(tmp_path, source) == expected


@pytest.mark.parametrize("source", SOUND.values(), ids=SOUND)
def test_not_found(tmp_path: Path, source: str) -> None:
    assert _scanned(tmp_path, source) == []


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there is no except* before Python 3.11")
def test_what_an_except_star_waits_for(tmp_path: Path) -> None:
    source = """
        import asyncio
        async def test_a():
            try:
                asyncio.run(other())
            except* RuntimeError:
                asyncio.run(other())
        """
    assert _scanned(tmp_path, source) == ["6 run-in-coroutine asyncio.run(...) in test_a"]


def test_every_kind_has_code_that_has_it() -> None:
    assert {line.split()[1] for _, lines in FOUND.values() for line in lines} == {kind.name for kind in KINDS}


@pytest.mark.parametrize("content", [b"def broken(:", b"\xff\xfe\x00", b"# coding: nothing\n", b"x = '\x00'", TOO_DEEP])
def test_what_is_no_python_is_left_out(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "test_it.py"
    path.write_bytes(content)
    assert scan(Sources({"test_it": str(path), "gone": str(tmp_path / "gone.py")}, [str(path)])) == []


def test_classes_that_inherit_from_each_other(tmp_path: Path) -> None:
    source = "class A(B):\n    async def test_a(self): ...\nclass B(A):\n    async def setUp(self): ...\n"
    assert _scanned(tmp_path, source) == []


def test_a_long_expression(tmp_path: Path) -> None:
    source = f"import asyncio\nX = {' + '.join(['Y'] * 900)}\nloop = asyncio.new_event_loop()\n"
    assert _scanned(tmp_path, source) == ["3 loop-at-import asyncio.new_event_loop() in module test_it"]


def _steps(tmp_path: Path, source: str) -> int:
    """How many calls of functions and steps of generators it takes to scan this."""
    file = tmp_path / "test_it.py"
    file.write_text(source)
    sources = Sources({"test_it": str(file)}, [str(file)])
    taken = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal taken
        taken += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        scan(sources)
    finally:
        sys.setprofile(before)
    return taken


@pytest.mark.parametrize(
    ("head", "repeated"),
    [
        ("", "def use{i}(x): return x\n\ndef test_{i}():\n    use{i}(1)\n    use{i}(2)\n\n"),
        ("async def test_a():\n    async def inner(): ...\n", "    x{i} = await inner()\n    inner()\n"),
        ("import asyncio\n", "def test_{i}():\n    asyncio.get_event_loop()\n\n"),
    ],
    ids=["functions", "a_function_within", "current_loops"],
)
def test_a_file_of_twice_the_length_takes_twice_as_long(tmp_path: Path, head: str, repeated: str) -> None:
    """Not each call looks through the whole file again."""
    short, long = (_steps(tmp_path, head + "".join(repeated.format(i=i) for i in range(length))) for length in (20, 40))
    assert long < 2.2 * short
