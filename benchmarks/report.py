"""Writes RESULTS.md, and the plots in it, from the raw data of ``benchmarks.compare``.

::

    results/SCENARIO.json --> tables.py, plots.py --> RESULTS.md, results/SCENARIO.svg
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.measured import Measured, read
from benchmarks.plots import PLOTS
from benchmarks.scenario import Scenario
from benchmarks.scenarios.catalogue import SCENARIOS
from benchmarks.tables import markdown, results, targets
from benchmarks.tools import IN_PROCESS, PEERS

_HERE = Path(__file__).parent
#: With more cores kept busy by other work than this, times are not to be trusted.
_QUIET_CORES = 0.1
_HEAD = """\
# Results

Written by `python -m benchmarks.report` from the files in [`results`](results): do not edit.
[`README.md`](README.md) says how to measure this again, and how to read it.
"""


def _one(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(values))


def machine(all_measured: Sequence[Measured]) -> list[str]:
    """What it was measured on, and of which commit."""
    facts = [f"{name}: {_one(each.machine[name] for each in all_measured)}" for name in all_measured[0].machine]
    facts += [f"measured: {_one(each.date for each in all_measured)}"]
    facts += [f"commit: {_one(each.commit for each in all_measured)}"]
    return [f"- {fact}" for fact in facts]


def all_targets(found: Sequence[tuple[Scenario, Measured]]) -> list[str]:
    """One table of all targets."""
    lines: list[str] = []
    for scenario, measured in found:
        own = targets(scenario, measured)
        lines += [line.replace("| ", f"| [`{scenario.name}`](#{scenario.name}): ", 1) for line in own[2:]]
    return [*markdown(("target", "at most", "measured", ""), []), *lines] if lines else []


def commands(measured: Measured) -> list[str]:
    """What was run, each command once; those that only collect are like the others, with another option."""
    collecting = {entry.collected for entry in measured.entries}
    names: dict[str, list[str]] = {}
    for entry in measured.entries:
        if entry.name not in collecting:
            names.setdefault(entry.command, []).append(entry.name)
    return [f"- `{command}`: {'; '.join(of_it)}" for command, of_it in names.items()]


def section(scenario: Scenario, measured: Measured, has_plot: bool) -> list[str]:
    """One scenario."""
    others = f"other work kept {measured.others_cores:.2f} cores busy meanwhile"
    others += "" if measured.others_cores <= _QUIET_CORES else ": **the times say little**"
    lines = [f"## {scenario.name}", "", scenario.question + (f" {scenario.reading}" if scenario.reading else "")]
    lines += ["", f"    {measured.command}", ""]
    lines += [f"{measured.date}, commit {measured.commit}, {measured.rounds} rounds, {others}.", ""]
    lines += [*results(measured), "", *commands(measured), ""]
    if scenario.table is not None:
        lines += [*scenario.table(measured), ""]
    if own := targets(scenario, measured):
        lines += [*own, ""]
    if has_plot:
        lines += [f"![{PLOTS[scenario.name][0]}](results/{scenario.name}.svg)", ""]
    return lines


def peers() -> list[str]:
    """What is not measured: what the others do that isolated-async does not."""
    lines = [
        "## What the peers do that isolated-async does not",
        "",
        "Time and memory are not all that one may want of a tool. What isolated-async does, its own "
        "[README](../README.md) says; what is said here of the others is what they say of themselves.",
        "",
    ]
    rows = [
        (f"{tool.name} (`{' '.join(('pytest', *tool.arguments))}`)", tool.does_more) for tool in (IN_PROCESS, *PEERS)
    ]
    return [*lines, "| peer | does |", "| --- | --- |", *(f"| {name} | {more} |" for name, more in rows), ""]


def versions(all_measured: Sequence[Measured]) -> list[str]:
    """What was installed in each environment."""
    found = {name: packages for each in all_measured for name, packages in each.environments.items()}
    lines = ["## What was installed", ""]
    return [
        *lines,
        *(f"- {name}: {', '.join(f'{each} {version}' for each, version in found[name].items())}." for name in found),
    ]


def report(directory: Path, has_plots: bool) -> str:
    """The whole page, of all scenarios that were measured."""
    found = [
        (scenario, read(directory / f"{name}.json"))
        for name, scenario in SCENARIOS.items()
        if (directory / f"{name}.json").exists()
    ]
    if not found:
        raise SystemExit(f"{directory} has no raw data: measure with benchmarks.compare --results {directory}")
    measured = [each for _, each in found]
    lines = [_HEAD, *machine(measured), "", "## Targets", "", *all_targets(found), ""]
    for scenario, each in found:
        lines += section(scenario, each, has_plots and scenario.name in PLOTS)
    return "\n".join([*lines, *peers(), *versions(measured)]) + "\n"


def main(arguments: list[str]) -> None:
    """Write the page and the plots."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--results", type=Path, default=_HERE / "results", help="where the raw data are")
    parser.add_argument("--output", type=Path, default=_HERE / "RESULTS.md", help="the page (default: RESULTS.md)")
    chosen = parser.parse_args(arguments)
    if importlib.util.find_spec("matplotlib") is None:
        raise SystemExit("the plots need Matplotlib: pip install '.[benchmarks]'")
    text = report(chosen.results, has_plots=True)
    for name, (_, draw) in PLOTS.items():
        if (chosen.results / f"{name}.json").exists():
            draw(read(chosen.results / f"{name}.json"), chosen.results / f"{name}.svg")
    chosen.output.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
