"""Which test a user means."""

from __future__ import annotations

from pathlib import Path

import pytest

from isolated_async.diagnosis.names import UnknownTest, find_test
from isolated_async.diagnosis.probers import Probers
from isolated_async_workers.wire.probes import KnownSuite, KnownTest

NAMES = (
    "tests/test_a.py::test_one",
    "tests/test_a.py::test_many[1-x]",
    "tests/test_a.py::test_many[2-a::b]",
    "tests/test_a.py::InClass::test_one",
    "tests/test_b.py::InClass::test_other",
)
TESTS = [KnownTest(name, f"sub/{name}", f"sub/{name.partition('::')[0]}") for name in NAMES]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("tests/test_a.py::test_one", 0),
        ("./tests/test_a.py::test_one", 0),
        ("sub/tests/test_a.py::test_one", 0),
        ("test_a.py::test_one", 0),
        ("test_many[1-x]", 1),
        ("test_many[2-a::b]", 2),
        ("InClass::test_one", 3),
        ("test_other", 4),
        ("tests/test_b.py", 4),
        ("test_b.py::InClass", 4),
    ],
)
def test_one_is_meant(wanted: str, found: int) -> None:
    assert find_test(wanted, TESTS) is TESTS[found]


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("test_many", "test_many means 2 tests, and it takes one: tests/test_a.py::test_many[1-x], "),
        ("test_one", "test_one means 2 tests, and it takes one: "),
        ("tests/test_a.py", "means 4 tests, and it takes one: "),
        (
            "tests/test_a.py::test_onee",
            "is not among the tests that pytest collects; there is tests/test_a.py::test_one",
        ),
        ("test_othr", "is not among the tests that pytest collects; there is tests/test_b.py::InClass::test_other"),
        ("InClass::test", "there is tests/test_a.py::InClass::test_one, tests/test_b.py::InClass::test_other"),
        ("x", "x is not among the 5 tests that pytest collects"),
    ],
)
def test_none_is_or_several_are(wanted: str, says: str) -> None:
    with pytest.raises(UnknownTest) as told:
        find_test(wanted, TESTS)
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ("tests --cov tests", "--cov tests"),
        ("--cov tests -q tests other", "--cov tests -q other"),
        ("-k tests -x tests", "-k tests -x"),
        ("-v tests", "-v"),
    ],
)
def test_the_value_of_an_option_is_not_a_path_that_is_named(arguments: str, options: str) -> None:
    probers = Probers(arguments.split(), Path(), 1)
    probers.suite = KnownSuite(named=("tests",))
    assert probers.options == options.split()
