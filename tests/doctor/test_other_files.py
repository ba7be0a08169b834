"""What is seen in code depends on the suite's other files, and on which of them pytest finds tests in."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from isolated_async.doctor.rules import scan
from isolated_async.doctor.sources import Sources


def _told(sources: Sources) -> list[str]:
    return [f"{each.line} {each.kind.name} {each.text}" for each in scan(sources)]


def _suite(tmp_path: Path, files: dict[str, str]) -> Sources:
    """Of modules by name; pytest finds tests in those of test files."""
    paths = {}
    for name, source in files.items():
        path = tmp_path / (f"{name.replace('.', '/')}.py" if name != "suite" else "suite/__init__.py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(source).lstrip())
        paths[name] = str(path)
    return Sources(paths, [path for name, path in paths.items() if "test_" in name])


def test_names_of_other_files(tmp_path: Path) -> None:
    files = {
        "suite.base": "import unittest\nclass Base(unittest.TestCase):\n    async def load(self): ...\n",
        "suite.helpers": "async def save(): ...\n",
        "suite.test_a": (
            "from . import helpers\nfrom .base import Base\nfrom .helpers import save as keep\n"
            "class A(Base):\n    async def test_a(self):\n        keep()\n        helpers.save()\n        self.load()\n"
        ),
        "suite": "",
    }
    assert _told(_suite(tmp_path, files)) == [
        "5 async-test-on-testcase A.test_a",
        "6 missing-await keep(...)",
        "7 missing-await helpers.save(...)",
        "8 missing-await self.load(...)",
    ]


ASKS = """
    import asyncio, unittest
    from .base import Base
    class A(Base):
        def test_a(self):
            asyncio.get_event_loop()
    """


def test_a_current_loop_without_one_of_another_file(tmp_path: Path) -> None:
    base = "import unittest\nclass Base(unittest.TestCase): ...\n"
    sources = _suite(tmp_path, {"suite": "", "suite.base": base, "suite.test_a": ASKS})
    assert _told(sources) == ["5 current-loop asyncio.get_event_loop() in A.test_a"]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "suite.base",
            """
            import asyncio, unittest
            class Base(unittest.TestCase):
                def setUp(self):
                    asyncio.set_event_loop(asyncio.new_event_loop())
            """,
        ),
        (
            "suite.conftest",
            """
            from asyncio import new_event_loop, set_event_loop as make_current
            import pytest
            @pytest.fixture(autouse=True)
            def current_loop():
                make_current(new_event_loop())
            """,
        ),
    ],
    ids=["base", "conftest"],
)
def test_a_current_loop_of_another_file(tmp_path: Path, name: str, source: str) -> None:
    base = "import unittest\nclass Base(unittest.TestCase): ...\n"
    sources = _suite(tmp_path, {"suite": "", "suite.base": base, "suite.test_a": ASKS, name: source})
    assert _told(sources) == []


OF_NO_TEST = """
    import asyncio, pytest
    async def ping(): ...
    def test_connection():
        return ping()
    def test_loop():
        return asyncio.get_event_loop()
    class TestBench:
        async def setup_method(self): ...
        def test_it(self):
            return ping()
    @pytest.fixture
    def loop():
        return asyncio.get_event_loop()
    """


def test_names_of_tests_where_pytest_finds_none(tmp_path: Path) -> None:
    """An application may have such functions too; a fixture is one wherever it is."""
    fixture = "13 current-loop asyncio.get_event_loop() in loop"
    assert _told(_suite(tmp_path, {"app": OF_NO_TEST})) == [fixture]
    assert _told(_suite(tmp_path, {"test_app": OF_NO_TEST})) == [
        "4 returned-coroutine test_connection returns ping(...)",
        "6 current-loop asyncio.get_event_loop() in test_loop",
        "8 async-hook TestBench.setup_method",
        "10 returned-coroutine test_it returns ping(...)",
        fixture,
    ]


def test_tests_of_unittest_are_some_wherever_they_are(tmp_path: Path) -> None:
    """Pytest finds them in the file that imports their class."""
    base = "import unittest\nclass Base(unittest.TestCase):\n    async def check(self): ...\n"
    base += "    def test_a(self):\n        return self.check()\n"
    assert _told(_suite(tmp_path, {"base": base})) == ["5 returned-coroutine test_a returns self.check(...)"]
