"""What is no conflict stays as it is: the reports of an isolated test are those of the test in process."""

from __future__ import annotations

import pytest

from ..behaviour.conftest import Suite
from .pattern import FALSE_GREEN, PASSED, SKIPPED, UNSUPPORTED, XFAILED, Pattern, check, every, failed

_SAME = {
    "Case::test_subtests": failed("1 != 2"),
    "Case::test_skips": SKIPPED,
    "Case::test_decorated_skip": SKIPPED,
    "Case::test_expected": XFAILED,
    "Case::test_unexpected": failed("Unexpected success"),
    "Case::test_exits": failed("SystemExit: 3"),
    "Case::test_unpicklable": failed("cannot be pickled"),
    "Inherited::test_skips": PASSED,
    **{
        f"Inherited::{test}": outcome
        for test, outcome in {
            "test_subtests": failed("1 != 2"),
            "test_decorated_skip": SKIPPED,
            "test_expected": XFAILED,
            "test_unexpected": failed("Unexpected success"),
            "test_exits": failed("SystemExit: 3"),
            "test_unpicklable": failed("cannot be pickled"),
        }.items()
    },
    "test_xfail": XFAILED,
    **every("test_parametrised[1] test_parametrised[2]", PASSED),
    "test_parametrised[3]": SKIPPED,
}

_TESTS = """
class Unpicklable(Exception):
    def __init__(self, first, second):
        super().__init__("cannot be pickled")
        self.lock = threading.Lock()
        self.local = lambda: None

class Case(unittest.TestCase):
    {async_}def test_subtests(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertEqual(1, 2 if number == 1 else 1)

    {async_}def test_skips(self):
        self.skipTest("not today")

    @unittest.skip("never")
    {async_}def test_decorated_skip(self):
        pass

    @unittest.expectedFailure
    {async_}def test_expected(self):
        self.fail("as expected")

    @unittest.expectedFailure
    {async_}def test_unexpected(self):
        ran()

    {async_}def test_exits(self):
        sys.exit(3)

    {async_}def test_unpicklable(self):
        raise Unpicklable(1, 2)

class Inherited(Case):
    {async_}def test_skips(self):
        ran()

@pytest.mark.xfail(raises=Unpicklable)
{async_}def test_xfail():
    raise Unpicklable(1, 2)

@pytest.mark.parametrize("number", [1, 2, pytest.param(3, marks=pytest.mark.skip)])
{async_}def test_parametrised(number):
    ran()
"""

PATTERNS = (
    Pattern(
        "p30",
        "subTest, skip, expectedFailure, an exception that cannot be pickled, sys.exit",
        "pytestmark = pytest.mark.isolated_loop\n" + _TESTS.format(async_=""),
        in_process=_SAME,
        isolated=_SAME,
    ),
    Pattern(
        "p30-async",
        "the same in async tests",
        _TESTS.format(async_="async "),
        in_process={
            **every(
                "Case::test_subtests Case::test_skips Case::test_exits Case::test_unpicklable Inherited::test_subtests "
                "Inherited::test_skips Inherited::test_exits Inherited::test_unpicklable",
                FALSE_GREEN,
            ),
            **every(
                "Case::test_expected Case::test_unexpected Inherited::test_expected Inherited::test_unexpected",
                failed("Unexpected success"),
            ),
            **every("Case::test_decorated_skip Inherited::test_decorated_skip test_parametrised[3]", SKIPPED),
            **every("test_xfail test_parametrised[1] test_parametrised[2]", UNSUPPORTED),
        },
        isolated=_SAME,
    ),
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_pattern(suite: Suite, pattern: Pattern) -> None:
    check(suite, pattern)
