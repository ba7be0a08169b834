"""Times one suite of trivial async tests in process, under isolated-async and under pytest-forked.

README.md next to this file says how to run it and how to read the numbers.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.bench import PROJECT, Bench, Contender, Environment, Kind, Samples, median_ratio, run_rounds

IN_PROCESS = "in-process"
FORKED = "pytest-forked"

_OURS = Environment("ours", ("pytest", "pytest-asyncio", str(PROJECT)))
# Under pytest 9.2 every test of pytest-forked 1.7.5 fails: marshal, its format, rejects the reports' node ids.
_PEER = Environment("peer", ("pytest==8.4.*", "pytest-asyncio", "pytest-forked"))
_OFF = ("-p", "no:isolated_async")

CONTENDERS = (
    Contender("collect only", _OURS, (*_OFF, "--collect-only"), "collects"),
    Contender(IN_PROCESS, _OURS, _OFF, "in process"),
    Contender("isolated-1", _OURS, ("--isolated-loop",), "isolates"),
    Contender("isolated-2", _OURS, ("--isolated-loop", "--isolated-loop-workers=2"), "isolates"),
    Contender("collect only, pytest 8.4", _PEER, ("--collect-only",), "collects"),
    Contender("in-process, pytest 8.4", _PEER, (), "in process"),
    Contender(FORKED, _PEER, ("--forked",), "isolates"),
)


def more_ms(samples: Samples, contender: Contender, kind: Kind, tests: int) -> float:
    """The median over the rounds of the milliseconds per test that ``contender`` takes longer than ``kind``."""
    other = next(each for each in CONTENDERS if each.environment is contender.environment and each.kind == kind)
    pairs = zip(samples[contender.name], samples[other.name], strict=True)
    return statistics.median((mine.wall_s - theirs.wall_s) * 1000 / tests for mine, theirs in pairs)


def table(samples: Samples, tests: int) -> list[str]:
    """The results as a Markdown table."""
    lines = [
        "| contender | wall s: median (min-max) | cost ms/test | overhead ms/test | CPU s | peak RSS MiB "
        f"| wall / {IN_PROCESS} | wall / {FORKED} |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for contender in CONTENDERS:
        own = samples[contender.name]
        walls = [sample.wall_s for sample in own]
        cells = (
            contender.name,
            f"{statistics.median(walls):.2f} ({min(walls):.2f}-{max(walls):.2f})",
            f"{more_ms(samples, contender, 'collects', tests):.2f}" if contender.kind != "collects" else "-",
            f"{more_ms(samples, contender, 'in process', tests):.2f}" if contender.kind == "isolates" else "-",
            f"{statistics.median(sample.cpu_s for sample in own):.2f}",
            f"{statistics.median(sample.peak_rss_mib for sample in own):.0f}",
            f"{median_ratio(samples, contender.name, IN_PROCESS):.2f}",
            f"{median_ratio(samples, contender.name, FORKED):.2f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def compare(bench: Bench, rounds: int) -> dict[str, object]:
    """Run everything, print the table, and return the raw data."""
    data, samples = run_rounds(bench, rounds)
    print("", *table(samples, bench.tests), sep="\n")
    raw = {name: [asdict(sample) for sample in each] for name, each in samples.items()}
    return {**data, "samples": raw}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tests", type=int, default=300, help="tests in the suite (default 300; 6: start-up)")
    parser.add_argument("--rounds", type=int, default=7, help="timed runs of each contender (default 7)")
    parser.add_argument("--work-dir", type=Path, help="build here and keep it (default: a temporary directory)")
    parser.add_argument("--json", type=Path, help="also write the raw data to this file")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        directory = arguments.work_dir or stack.enter_context(tempfile.TemporaryDirectory(prefix="compare-runners-"))
        data = compare(Bench(Path(directory).resolve(), arguments.tests, CONTENDERS), arguments.rounds)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(data, indent=1) + "\n")


if __name__ == "__main__":
    main()
