"""What a comparison says: as text for people, as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from .chance import wilson_interval
from .tally import BEYOND_CHANCE, Count, Kind, SideTally, Tally, TestTally

#: Of the JSON format; raised when a name changes its meaning or goes away.
_SCHEMA = 1
_MS = 1000


def as_text(compared: Tally) -> str:
    """The suite first, then each test that is worth a look, once."""
    lines = [*_about_the_suite(compared)]
    first, second = compared.first.name, compared.second.name
    for kind, title in _TITLES.items():
        tests = compared.of(kind)
        if tests:
            lines += ["", f"{title.format(first=first, second=second)}: {len(tests)}"]
            lines += [line for test in tests for line in _about_a_test(test, first, second)]
    doubtful = [test for test in compared.tests if test.differs and not test.is_beyond_chance]
    if doubtful:
        lines += ["", _about_chance(doubtful)]
    if not compared.has_differences:
        lines += ["", "No test ends otherwise."]
    return "\n".join(lines) + "\n"


#: In this order.
_TITLES: dict[Kind, str] = {
    "green": "green without having run ({first})",
    "revealed": "fail {second}, and not {first}",
    "cured": "fail {first}, and not {second}",
    "different": "end otherwise",
    "flaky": "do not always end the same, on both sides alike",
}


def _about_a_test(test: TestTally, first: str, second: str) -> Iterator[str]:
    yield f"    {test.node_id}"
    for name, count in ((first, test.first), (second, test.second)):
        yield f"        {name}: {count.describe()}{f': {count.why}' if count.why else ''}"


def _about_chance(doubtful: Sequence[TestTally]) -> str:
    largest = max(test.p_value for test in doubtful)
    return (
        f"{len(doubtful)} of these differences are not beyond chance: where nothing is different, as uneven counts "
        f"occur in up to {largest:.0%} of such comparisons (Fisher's exact test). More runs would tell."
    )


def _about_the_suite(compared: Tally) -> Iterator[str]:
    width = max(len(compared.first.name), len(compared.second.name))
    for side in (compared.first, compared.second):
        runs = f"{side.runs} run{'' if side.runs == 1 else 's'}"
        times = f"median {side.wall_s:.2f} s, CPU {side.cpu_s:.2f} s"
        yield f"{side.name.ljust(width)}  {side.tests} tests, {runs}, {times}"
    if compared.first.runs and compared.second.runs:
        share = compared.second.wall_s / compared.first.wall_s if compared.first.wall_s else 0.0
        yield f"{compared.second.name} takes {share:.2f} of the time, {compared.overhead_s * _MS:+.1f} ms for each test"


def as_json(compared: Tally) -> str:
    """docs/compare.md has the schema."""
    return (
        json.dumps(
            {
                "schema": _SCHEMA,
                "beyond_chance": BEYOND_CHANCE,
                "sides": [_side(compared.first), _side(compared.second)],
                "overhead_s": round(compared.overhead_s, 6),
                "tests": [_test(test) for test in compared.tests],
            },
            indent=2,
        )
        + "\n"
    )


def _side(side: SideTally) -> dict[str, Any]:
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(side).items()}


def _test(test: TestTally) -> dict[str, Any]:
    return {
        "node_id": test.node_id,
        "first": _count(test.first),
        "second": _count(test.second),
        "kind": test.kind,
        "differs": test.differs,
        "is_flaky": test.is_flaky,
        "p_value": round(test.p_value, 6),
    }


def _count(count: Count) -> dict[str, Any]:
    low, high = wilson_interval(count.outcomes[count.usual], count.runs)
    return {
        "outcomes": dict(count.outcomes),
        "usual": count.usual,
        "usual_share": [round(low, 4), round(high, 4)],
        "seconds": [round(each, 6) for each in count.seconds],
        "why": count.why,
    }


FORMATS: dict[str, Callable[[Tally], str]] = {"text": as_text, "json": as_json}
