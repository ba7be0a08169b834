"""Where the time of one isolated test goes: the plugin's own profile of 300 tests that do nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchmarks.contenders import Contender, Notes
from benchmarks.figures import Figure, figure
from benchmarks.measured import Measured
from benchmarks.scenario import Scenario
from benchmarks.suites import Suite
from benchmarks.tables import markdown
from benchmarks.tools import ISOLATED, ISOLATED_2

_SUITE = Suite(300)
#: What is known of a stage: the key of the profile, the unit here, and how many of them make one of the profile's.
_QUANTITIES = (("wall_s", "wall ms", 1000), ("cpu_s", "CPU ms", 1000), ("faults", "faults", 1))
#: Units of the table, and their digits behind the point.
_SHOWN = (("wall ms", 2), ("CPU ms", 2), ("faults", 0))


def of_profile(profile: Mapping[str, Any]) -> dict[str, float]:
    """The mean of each stage over all tests, under ``STAGE: UNIT``; stages in which a test waits are left out."""
    tests = len(profile["cases"])
    return {
        f"{stage['stage']}: {unit}": stage[key] * times / tests
        for stage in profile["stages"]
        if stage["stage"] not in profile["waiting"]
        for key, unit, times in _QUANTITIES
    }


def _profiled(contender: Contender) -> Contender:
    notes = Notes(("--isolated-loop-profile-json={}",), of_profile)
    return replace(contender, name=f"{contender.name}, profiled", base=contender.name, notes=notes)


_ONE, _TWO = (_profiled(tool.on(_SUITE)) for tool in (ISOLATED, ISOLATED_2))


def stages(measured: Measured, name: str = _ONE.name) -> dict[str, dict[str, Figure]]:
    """By stage, in order, and unit: what a test has spent there."""
    names = dict.fromkeys(key.partition(": ")[0] for key in measured.samples[name][0] if ": " in key)
    units = [unit for _, unit, _ in _QUANTITIES]
    return {
        stage: {unit: figure(measured.values(name, f"{stage}: {unit}")) for unit in units}
        for stage in names
        if all(f"{stage}: wall ms" in sample for sample in measured.samples[name])
    }


def table(measured: Measured) -> list[str]:
    """Each stage, with one worker and with two."""
    found = [stages(measured, each.name) for each in (_ONE, _TWO)]
    rows = [
        (
            f"`{stage}`",
            *(own[stage][unit].text(digits) if stage in own else "-" for own in found for unit, digits in _SHOWN),
        )
        for stage in dict.fromkeys([*found[0], *found[1]])
    ]
    return markdown(("stage", *(f"{workers}: {unit}" for workers in ("1 worker", "2") for unit, _ in _SHOWN)), rows)


SCENARIO = Scenario(
    name="stages",
    question="Where does the time of one test go?",
    contenders=(ISOLATED.on(_SUITE), ISOLATED_2.on(_SUITE), _ONE, _TWO),
    rounds=5,
    reading="300 tests that do nothing, with `--isolated-loop-profile-json`. [`docs/explanation/performance.md`]"
    "(../docs/explanation/performance.md) says what each stage is. Stages of different tests run at the same time, "
    "also with one worker: the next process is forked while a test runs. So their sum is more than what a test takes "
    "of the run.",
    table=table,
)
