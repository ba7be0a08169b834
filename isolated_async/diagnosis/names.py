"""Finds the test that a user means."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from isolated_async_workers.wire.probes import KnownTest

_NAMED = 3
#: How much a name must be like another one, of 1.
_NEAR = 0.8


class UnknownTest(Exception):
    """No test has this name, or several have."""


def find_test(name: str, tests: Sequence[KnownTest]) -> KnownTest:
    """The one test with this node id, or whose node id ends so, after ``/`` or ``::``.

    Raises:
        UnknownTest: there is none, or more than one.
    """
    wanted = name.removeprefix("./")
    for found in (
        [test for test in tests if wanted in (test.name, test.argument)],
        [test for test in tests if test.name.endswith((f"::{wanted}", f"/{wanted}"))],
        [test for test in tests if _begins(wanted, test)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownTest(f"{name} means {len(found)} tests, and it takes one: {_listed(found)}")
    names = [test.name for test in tests]
    beginning = f"/{wanted}".replace("::", "/")
    near = [each for each in names if beginning in f"/{each}".replace("::", "/")]
    if not near and "::" in wanted:
        near = difflib.get_close_matches(wanted, names, _NAMED, _NEAR)
    by_last = {each.rpartition("::")[2]: each for each in reversed(names)}
    near = near or [by_last[each] for each in difflib.get_close_matches(wanted.rpartition("::")[2], by_last, _NAMED)]
    if not near:
        raise UnknownTest(f"{name} is not among the {len(tests)} tests that pytest collects")
    raise UnknownTest(f"{name} is not among the tests that pytest collects; there is {', '.join(near[:_NAMED])}")


def _begins(wanted: str, test: KnownTest) -> bool:
    """True if it is a file, a class or a parametrised function, and the test belongs to it."""
    names = (f"/{test.name}".replace("::", "/"), f"/{test.argument}".replace("::", "/"))
    part = f"/{wanted}".replace("::", "/")
    return any(f"{part}/" in name or f"{part}[" in name for name in names)


def _listed(tests: Sequence[KnownTest]) -> str:
    return ", ".join(test.name for test in tests[:_NAMED]) + (", ..." if len(tests) > _NAMED else "")
