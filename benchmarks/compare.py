"""Measures isolated-async against its peers and its own targets; README.md next to this file says how to read it.

::

    scenarios/*.py --> bench.py --> Measured --> tables on the terminal, FILE.json for report.py
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import sys
import tempfile
from pathlib import Path

from benchmarks.bench import Bench, limited
from benchmarks.scenarios.catalogue import SCENARIOS
from benchmarks.tables import results, targets


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=(__doc__ or "").splitlines()[0])
    made.add_argument(
        "--scenario",
        action="append",
        choices=SCENARIOS,
        metavar="NAME",
        help="measure this one; may be given several times (default: all)",
    )
    made.add_argument("--list", action="store_true", help="show the scenarios and their targets, and measure nothing")
    made.add_argument("--rounds", type=_positive, help="runs of each contender (default: each scenario has its own)")
    made.add_argument("--tests", type=_positive, help="at most so many tests in each suite, to try things out")
    made.add_argument("--work-dir", type=Path, help="build here and keep it (default: a temporary directory)")
    made.add_argument("--results", type=Path, metavar="DIR", help="also write DIR/SCENARIO.json, the raw data")
    return made


def show_scenarios() -> None:
    """Names, questions and targets."""
    for scenario in SCENARIOS.values():
        print(f"{scenario.name}: {scenario.question} ({len(scenario.contenders)} contenders, {scenario.rounds} rounds)")
        for target in scenario.targets:
            print(f"    at most {target.limit:g}: {target.what}")


def main(arguments: list[str]) -> None:
    """Measure, and print the tables."""
    chosen = parser().parse_args(arguments)
    if chosen.list:
        show_scenarios()
        return
    with contextlib.ExitStack() as stack:
        directory = chosen.work_dir or stack.enter_context(tempfile.TemporaryDirectory(prefix="isolated-async-bench-"))
        bench = Bench(Path(directory).resolve())
        for name in chosen.scenario or SCENARIOS:
            scenario = SCENARIOS[name] if chosen.tests is None else limited(SCENARIOS[name], chosen.tests)
            rounds = chosen.rounds or scenario.rounds
            command = ["python", "-m", "benchmarks.compare", "--scenario", name]
            command += ["--rounds", str(rounds)] if chosen.rounds else []
            command += ["--tests", str(chosen.tests)] if chosen.tests else []
            measured = bench.measure(scenario, rounds, shlex.join(command))
            if chosen.results is not None:
                measured.write(chosen.results / f"{name}.json")
            tables = [
                results(measured),
                scenario.table(measured) if scenario.table else [],
                targets(scenario, measured),
            ]
            lines = [line for table in tables if table for line in (*table, "")]
            print(scenario.question, "", *lines, sep=os.linesep, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
