"""A comparison as text: for people, and for logs."""

from __future__ import annotations

from collections.abc import Iterator

from ..tally import Tally, TestTally
from .findings import about_doubtful, about_uncompared, doubtful, findings, outcomes_of
from .wording import about_isolation, headline, on_all

_MS = 1000
_MIB = 1024 * 1024
#: Of the tests that fail on all sides.
_MOST_NAMED = 10


def as_text(compared: Tally) -> str:
    """The suite first, then each test that is worth a look, once."""
    lines = [*_about_the_suite(compared)]
    for title, tests in findings(compared).items():
        lines += ["", f"{title}: {len(tests)}"]
        lines += [line for test in tests for line in about_a_test(test, compared)]
    if told := about_uncompared(compared):
        lines += ["", told]
    lines += _about_the_same(compared)
    if pairs := doubtful(compared):
        lines += ["", about_doubtful(pairs)]
    if not compared.has_differences:
        lines += ["", _nothing_found(compared)]
    return "\n".join(lines) + "\n"


def _nothing_found(compared: Tally) -> str:
    if not compared.tests:
        return headline(compared)
    which = "No test that ended on all sides" if compared.is_partial else "No test"
    return f"{which} ends otherwise."


def _about_the_same(compared: Tally) -> Iterator[str]:
    """What no side is the reason of: where a suite is red anyway, nobody shall take it for green."""
    failing, passing = compared.failing, compared.passing
    if failing or passing:
        yield ""
    if failing:
        yield f"fail {on_all(compared)}: {len(failing)}"
        yield from (f"    {test.node_id}" for test in failing[:_MOST_NAMED])
        if len(failing) > _MOST_NAMED:
            yield f"    and {len(failing) - _MOST_NAMED} more"
    if passing:
        yield f"pass {on_all(compared)}: {len(passing)}"


def about_a_test(test: TestTally, compared: Tally) -> Iterator[str]:
    """Its outcomes on each side."""
    yield f"    {test.node_id}"
    for side, count in zip(compared.sides, test.counts, strict=True):
        yield f"        {side.name}: {outcomes_of(count)}"


def _about_the_suite(compared: Tally) -> Iterator[str]:
    width = max(len(side.name) for side in compared.sides)
    for side in compared.sides:
        runs = f"{side.runs} run{'' if side.runs == 1 else 's'}"
        if side.broken_off:
            runs += f" ({side.broken_off} more broken off)"
        # Of runs that were broken off, nobody knows how long they would have taken.
        cost = f", median {side.wall_s:.2f} s, CPU {side.cpu_s:.2f} s" if side.runs else ""
        if side.peak_bytes:
            cost += f", largest process {side.peak_bytes / _MIB:.0f} MiB"
        tests = f"{side.tests} test{'' if side.tests == 1 else 's'}{about_isolation(side)}"
        yield f"{side.name.ljust(width)}  {tests}, {runs}{cost}"
    first, *others = compared.sides
    for side in others:
        if first.runs and side.runs:
            share = side.wall_s / first.wall_s if first.wall_s else 0.0
            yield f"{side.name} takes {share:.2f} of the time, {side.overhead_s * _MS:+.1f} ms for each test"
