"""What a comparison says: as text for people, as JSON for programs, as JUnit XML for what shows test results."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from .chance import wilson_interval
from .tally import BEYOND_CHANCE, Count, Kind, SideTally, Tally, TestTally

#: Of the JSON format; raised when a name changes its meaning or goes away.
_SCHEMA = 1
_MS = 1000
_MIB = 1024 * 1024


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
    "flaky": "do not always end the same, on both sides, as far as chance goes",
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
        if side.broken_off:
            runs += f" ({side.broken_off} more broken off)"
        cost = f"median {side.wall_s:.2f} s, CPU {side.cpu_s:.2f} s"
        if side.peak_bytes:
            cost += f", largest process {side.peak_bytes / _MIB:.0f} MiB"
        tests = f"{side.tests} test{'' if side.tests == 1 else 's'}"
        yield f"{side.name.ljust(width)}  {tests}, {runs}, {cost}"
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


def as_junit(compared: Tally) -> str:
    """Each test is a test case; one that ends otherwise, or is green without having run, fails."""
    first, second = compared.first.name, compared.second.name
    suite = Element(
        "testsuite",
        name=f"isolated-async compare: {first}, {second}",
        tests=str(len(compared.tests)),
        failures=str(sum(test.is_worth_a_failure for test in compared.tests)),
        time=f"{compared.first.wall_s + compared.second.wall_s:.3f}",
    )
    for test in compared.tests:
        module, _, name = test.node_id.partition("::")
        # As pytest names them in its own.
        case = SubElement(suite, "testcase", classname=module.removesuffix(".py").replace("/", "."), name=name)
        if test.kind == "same":
            continue
        title = _TITLES[test.kind].format(first=first, second=second)
        told = SubElement(case, "failure" if test.is_worth_a_failure else "system-out")
        if test.is_worth_a_failure:
            told.set("message", title)
        told.text = _FORBIDDEN.sub("?", "\n".join([title, *_about_a_test(test, first, second)]))
    root = Element("testsuites")
    root.append(suite)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


#: What XML 1.0 has no way to write.
_FORBIDDEN = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")

FORMATS: dict[str, Callable[[Tally], str]] = {"text": as_text, "json": as_json, "junit": as_junit}
