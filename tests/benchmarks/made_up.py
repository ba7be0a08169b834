"""Measurements that nobody has made, for what is computed from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.contenders import Contender, Program
from benchmarks.measured import Entry, Measured, Sample
from benchmarks.scenario import Scenario

#: Seconds that collecting takes in each round, and what a test costs besides, in ms.
COLLECTING_S = (0.2, 0.4, 0.3)
#: What contenders note themselves, all in one.
NOTED = {
    "fork_ms": 1.5,
    "cases": [{}, {}],
    "waiting": ["wait"],
    "stages": [
        {"stage": "fork", "wall_s": 0.005, "cpu_s": 0.003, "faults": 900},
        {"stage": "wait", "wall_s": 9.0, "cpu_s": 0.1, "faults": 10},
        {"stage": "call", "wall_s": 0.001, "cpu_s": 0.001, "faults": 40},
    ],
}
_CHECKED = {
    "rss_mib": 35.0,
    "private_mib": 5.0,
    "private_mib_most": 6.0,
    "tree_mib": 60.0,
    "host_grew_mib": 12.0,
    "descriptors_grew": 0.0,
}


def commands(wall_s: Sequence[float], **noted: float) -> list[Sample]:
    """Samples of a pytest command, by round."""
    return [
        {
            "wall_s": wall,
            "cpu_s": wall / 2,
            "peak_mib": 40,
            "minor_faults": wall * 10_000,
            "summary_s": wall - 0.1,
            **noted,
        }
        for wall in wall_s
    ]


def entry(name: str, tests: int, base: str = "", collected: str = "") -> Entry:
    """A pytest command that has been checked."""
    checked = {"processes": float(tests), **_CHECKED}
    return Entry(name, "ours", f"pytest -q --{name}", tests, "a fork a test", base, collected, checked)


def measured(entries: Sequence[Entry], samples: dict[str, list[Sample]], scenario: str = "trivial") -> Measured:
    """Of three rounds."""
    return Measured(
        scenario=scenario,
        command=f"python -m benchmarks.compare --scenario {scenario}",
        date="2026-01-02",
        commit="abc1234",
        rounds=3,
        others_cores=0.25,
        machine={"processor": "P", "cores": "2", "memory": "1 GiB", "system": "Linux", "python": "CPython 3.13.0"},
        environments={each.environment: {"pytest": "9.2.0"} for each in entries},
        entries=tuple(entries),
        samples=samples,
    )


def of_scenario(scenario: Scenario, cost_ms: float = 2.0) -> Measured:
    """Every contender takes the same: what collecting takes, and ``cost_ms`` for each test."""
    entries: list[Entry] = []
    samples: dict[str, list[Sample]] = {}
    for each in scenario.contenders:
        if isinstance(each, Program):
            samples[each.name] = [{"value": 100.0}] * 3
            entries.append(Entry(each.name, each.environment.name, each.file, 0, each.unit, each.base, "", {}))
        else:
            walls = [seconds + _tests_ms(each, cost_ms) / 1000 for seconds in COLLECTING_S]
            samples[each.name] = commands(walls, **(each.notes.quantities(NOTED) if each.notes else {}))
            made = entry(each.name, each.suite.tests, each.base, each.collected)
            command = f"pytest -q --{scenario.name}"
            entries.append(replace(made, environment=each.environment.name, kind=each.kind, command=command))
    return measured(entries, samples, scenario.name)


def _tests_ms(contender: Contender, cost_ms: float) -> float:
    return 0 if contender.kind in ("collects", "helps") else cost_ms * contender.suite.tests
