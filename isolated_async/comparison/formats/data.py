"""A comparison as JSON: for programs. docs/how-to/compare.md has the schema."""

from __future__ import annotations

import json
from typing import Any

from ..chance import wilson_interval
from ..tally import BEYOND_CHANCE, Count, Pair, SideTally, Tally, TestTally

#: Raised when a name changes its meaning or goes away.
_SCHEMA = 1


def as_json(compared: Tally) -> str:
    """One object."""
    return json.dumps(as_data(compared), indent=2) + "\n"


def as_data(compared: Tally) -> dict[str, Any]:
    """What JSON has of it."""
    return {
        "schema": _SCHEMA,
        "beyond_chance": BEYOND_CHANCE,
        "sides": [_side(side) for side in compared.sides],
        "tests": [_test(test, compared) for test in compared.tests],
    }


def _side(side: SideTally) -> dict[str, Any]:
    return {
        "name": side.name,
        "runs": side.runs,
        "broken_off": side.broken_off,
        "tests": side.tests,
        "isolated": side.isolated,
        "wall_s": round(side.wall_s, 6),
        "cpu_s": round(side.cpu_s, 6),
        "peak_bytes": side.peak_bytes,
        "overhead_s": round(side.overhead_s, 6),
    }


def _test(test: TestTally, compared: Tally) -> dict[str, Any]:
    _, *others = compared.sides
    return {
        "node_id": test.node_id,
        "kind": test.kind,
        "differs": test.differs,
        "on": {side.name: _count(count) for side, count in zip(compared.sides, test.counts, strict=True)},
        "against": {side.name: _pair(pair) for side, pair in zip(others, test.pairs, strict=True)},
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "kind": pair.kind,
        "differs": pair.differs,
        "is_flaky": pair.is_flaky,
        "p_value": round(pair.p_value, 6),
    }


def _count(count: Count) -> dict[str, Any]:
    low, high = wilson_interval(count.outcomes[count.usual], count.runs)
    return {
        "outcomes": dict(count.outcomes),
        "usual": count.usual,
        "usual_share": [round(low, 4), round(high, 4)],
        "seconds": [round(each, 6) for each in count.seconds],
        "why": count.why,
        "isolated": count.isolated,
    }
