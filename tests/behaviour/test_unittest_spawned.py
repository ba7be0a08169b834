"""Spawned workers under plain unittest: fresh interpreters that import the module of their test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_TESTS = """
import os, sys, unittest
from isolated_async import isolated_loop

print("imported")
seen = []


@isolated_loop(start="spawn")
class TestEach(unittest.TestCase):
    async def test_a(self):
        seen.append(1)
        self.assertEqual(seen, [1])
        self.assertNotIn("test_other", sys.modules)

    def test_b(self):
        seen.append(1)
        self.assertEqual(seen, [1])
        print("said by b")
        self.fail("as it should")


@isolated_loop(start="spawn", scope="class")
class TestGroup(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.process = os.getpid()

    def test_a(self):
        seen.append(1)

    def test_b(self):
        self.assertEqual((self.process, seen), (os.getpid(), [1]))


@isolated_loop
class TestForked(unittest.TestCase):
    def test_a(self):
        self.assertTrue(OTHER or "test_other" in sys.modules)


OTHER = __name__ == "__main__"
if OTHER:
    unittest.main()
"""


@pytest.mark.parametrize("arguments", [["-m", "unittest"], ["test_each.py"]], ids=["discovered", "main"])
def test_spawned_and_forked_tests_of_unittest(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "test_each.py").write_text(_TESTS)
    other = "import unittest\n\nclass TestOther(unittest.TestCase):\n    def test_other(self):\n        pass\n"
    (tmp_path / "test_other.py").write_text(other)
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert f"Ran {5 if len(arguments) == 1 else 6} tests" in done.stderr
    assert "FAILED (failures=1)" in done.stderr
    assert "as it should" in done.stderr
    # Once by the host; a worker's imports print to nobody.
    assert done.stdout.splitlines() == ["imported", "said by b"]
