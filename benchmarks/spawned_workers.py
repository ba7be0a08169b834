"""Times a fresh interpreter for each test: spawned workers of isolated-async, and pytest-isolated.

README.md next to this file says how to run it and how to read the numbers.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.bench import PROJECT, Bench, Contender, Environment, Samples, median_ratio, run_rounds

PEER = "pytest-isolated"

# Both plugins in one environment: each command pays for the same installed packages.
_BOTH = Environment("both", ("pytest", "pytest-asyncio", "pytest-isolated==0.6.0", str(PROJECT)))
_SPAWNED = ("-p", "no:isolated", "--isolated-loop", "--isolated-loop-start=spawn")

CONTENDERS = (
    Contender("in-process", _BOTH, ("-p", "no:isolated", "-p", "no:isolated_async"), "in process"),
    Contender("spawned-1", _BOTH, _SPAWNED, "isolates"),
    Contender("spawned-2", _BOTH, (*_SPAWNED, "--isolated-loop-workers=2"), "isolates"),
    Contender(PEER, _BOTH, ("-p", "mark_isolated", "-p", "no:isolated_async"), "isolates"),
)

#: pytest-isolated isolates what is marked.
_MARK = """\
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.isolated)
"""


def table(samples: Samples, tests: int) -> list[str]:
    """The results as a Markdown table."""
    lines = [
        f"| contender | wall s: median (min-max) | ms/test | CPU s | wall / {PEER} |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, own in samples.items():
        walls = [sample.wall_s for sample in own]
        cells = (
            name,
            f"{statistics.median(walls):.2f} ({min(walls):.2f}-{max(walls):.2f})",
            f"{statistics.median(walls) * 1000 / tests:.0f}",
            f"{statistics.median(sample.cpu_s for sample in own):.2f}",
            f"{median_ratio(samples, name, PEER):.2f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tests", type=int, default=20, help="tests in the suite (default 20)")
    parser.add_argument("--rounds", type=int, default=5, help="timed runs of each contender (default 5)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spawned-workers-") as directory:
        bench = Bench(Path(directory).resolve(), arguments.tests, CONTENDERS)
        bench.write_plugin("mark_isolated", _MARK)
        _, samples = run_rounds(bench, arguments.rounds)
    print("", *table(samples, bench.tests), sep="\n")


if __name__ == "__main__":
    main()
