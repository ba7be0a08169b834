"""What it costs to have isolated-async installed: the size of what is downloaded, and the time that imports take.

::

    checkout --> wheel, sdist --> KiB
    checkout --> an environment with pytest and nothing else --> commands with and without the import, in turn
                                                                 the median of what one takes longer in its round

``python -m benchmarks.package`` prints a table; docs/explanation/performance.md has one. It needs ``build``,
``hatchling`` and a package index.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.command import Ended, Run
from benchmarks.environments import Environments, clean_variables
from benchmarks.figures import Figure, figure
from benchmarks.machine import PROJECT, describe_machine, revision
from benchmarks.tools import OURS_ENVIRONMENT

_BYTES_PER_KIB = 1024
#: In an empty directory. It loads all plugins and configures them, and 5 is its status: no tests.
_COLLECT = ("-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio")
_NO_TESTS = 5


@dataclass(frozen=True, slots=True)
class Question:
    """What ``with_it`` takes longer than ``without``; both are arguments of the interpreter."""

    what: str
    without: tuple[str, ...]
    with_it: tuple[str, ...]


QUESTIONS = (
    Question("`import isolated_async`", ("-c", "pass"), ("-c", "import isolated_async")),
    Question(
        "`from isolated_async import run_isolated`", ("-c", "pass"), ("-c", "from isolated_async import run_isolated")
    ),
    Question(
        "`from isolated_async import isolated_loop`, after `import pytest`",
        ("-c", "import pytest"),
        ("-c", "import pytest; from isolated_async import isolated_loop"),
    ),
    Question("a run of pytest that isolates nothing", (*_COLLECT, "-p", "no:isolated_async"), _COLLECT),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Milliseconds by round, and how many modules more are imported, of which so many are ours."""

    wall_ms: Figure
    cpu_ms: Figure
    modules: int
    ours: int


def sizes() -> dict[str, int]:
    """Bytes of the wheel and of the sdist of this checkout."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", directory, str(PROJECT)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return {"sdist" if path.suffix == ".gz" else "wheel": path.stat().st_size for path in Path(directory).iterdir()}


def ask(python: str, question: Question, rounds: int, directory: Path) -> Answer:
    """Run both commands in turn, first one and then the other first."""
    first, second = question.without, question.with_it
    for each in (first, second):
        _run(python, each, directory)  # Compiles what is not compiled.
    pairs = []
    for number in range(rounds):
        ended = {each: _run(python, each, directory) for each in ((first, second), (second, first))[number % 2]}
        pairs.append((ended[first], ended[second]))
    without, with_it = (imported(_run(python, ("-X", "importtime", *each), directory)) for each in (first, second))
    return Answer(
        figure([(b.wall_s - a.wall_s) * 1000 for a, b in pairs]),
        figure([(b.cpu_s - a.cpu_s) * 1000 for a, b in pairs]),
        len(with_it - without),
        sum(name.startswith("isolated_async") for name in with_it - without),
    )


def imported(ended: Ended) -> set[str]:
    """The modules that ``-X importtime`` tells of."""
    return set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", ended.output, re.MULTILINE))


def table(answers: Sequence[tuple[str, Answer]]) -> str:
    """In Markdown."""
    lines = ["| | wall ms | CPU ms | modules | of these ours |", "| --- | ---: | ---: | ---: | ---: |"]
    for what, answer in answers:
        numbers = f"{answer.wall_ms.text(1)} | {answer.cpu_ms.text(1)} | {answer.modules} | {answer.ours}"
        lines.append(f"| {what} | {numbers} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.package", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30, help="how often each command runs (default: %(default)s)")
    rounds = parser.parse_args().rounds
    print(f"commit {revision()}, {', '.join(describe_machine().values())}, {rounds} rounds\n")
    print("\n".join(f"{kind}: {size / _BYTES_PER_KIB:.0f} KiB" for kind, size in sorted(sizes().items())), end="\n\n")
    with tempfile.TemporaryDirectory() as parent:
        environments = Environments(Path(parent))
        environments.build(OURS_ENVIRONMENT)
        directory = Path(parent, "empty")
        directory.mkdir()
        python = environments.python(OURS_ENVIRONMENT)
        print(table([(each.what, ask(python, each, rounds, directory)) for each in QUESTIONS]))


def _run(python: str, arguments: Sequence[str], directory: Path) -> Ended:
    ended = Run([python, *arguments], directory, clean_variables()).ended()
    expected = _NO_TESTS if "pytest" in arguments else 0
    if ended.status != expected:
        raise SystemExit(f"{' '.join(arguments)} ended with {ended.status}, and not with {expected}:\n{ended.output}")
    return ended


if __name__ == "__main__":
    main()
