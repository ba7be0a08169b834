"""The rounds of one scenario.

::

    suites, environments --> check each contender --> rounds: A B C, C A B reversed, ... --> Measured
                             (also the warm-up)       (whole commands, one at a time)
"""

from __future__ import annotations

import datetime
import json
import resource
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from benchmarks.check import check_processes, check_summary, found_memory, read_lines
from benchmarks.command import Run
from benchmarks.contenders import Contender, Program
from benchmarks.environments import Environments, Variables, clean_variables
from benchmarks.machine import busy_s, describe_machine, revision
from benchmarks.measured import Entry, Measured, Sample
from benchmarks.scenario import Scenario
from benchmarks.suites import Suite
from benchmarks.tree_memory import TreeMemory

_PROGRAMS = Path(__file__).with_name("programs")

Each = TypeVar("Each")


def _cpu_s() -> float:
    """What this process has taken, and all that it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in usages)


def in_turn(contenders: Sequence[Each], number: int) -> list[Each]:
    """The order of a round: each begins one further, every other one goes backwards, so that no one always has the
    same neighbour."""
    start = number % len(contenders)
    order = [*contenders[start:], *contenders[:start]]
    return order[::-1] if number % 2 else order


class Bench:
    """Runs contenders; suites, environments and what they note are in ``directory``, which may be used again."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._environments = Environments(directory / "environments")
        self._notes = directory / "notes.json"

    def measure(self, scenario: Scenario, rounds: int, command: str) -> Measured:
        """Build, check, and run the rounds.

        Raises:
            SystemExit: a contender has not done what it promises.
        """
        contenders = scenario.contenders
        environments = {each.environment.name: each.environment for each in contenders}
        versions = {name: self._environments.build(each) for name, each in environments.items()}
        for suite in {each.suite for each in contenders if isinstance(each, Contender)}:
            suite.write(self._place(suite))
        entries = [self._check(each) for each in contenders]
        samples: dict[str, list[Sample]] = {each.name: [] for each in contenders}
        started, busy_before, own = time.monotonic(), busy_s(), _cpu_s()
        for number in range(rounds):
            print(f"{scenario.name}: round {number + 1} of {rounds}", file=sys.stderr, flush=True)
            for each in in_turn(contenders, number):
                samples[each.name].append(self._sample(each))
        others = (busy_s() - busy_before - (_cpu_s() - own)) / (time.monotonic() - started)
        return Measured(
            scenario=scenario.name,
            command=command,
            date=str(datetime.date.today()),
            commit=revision(),
            rounds=rounds,
            # The clocks of the two differ by some per cent.
            others_cores=round(max(others, 0), 2),
            machine=describe_machine(),
            environments=versions,
            entries=tuple(entries),
            samples=samples,
        )

    def _place(self, suite: Suite) -> Path:
        return self._directory / "suites" / suite.directory_name

    def _check(self, contender: Contender | Program) -> Entry:
        print(f"checking: {contender.name}", file=sys.stderr, flush=True)
        if isinstance(contender, Program):
            self._sample(contender)
            command = f"python benchmarks/programs/{contender.file} {shlex.join(contender.arguments)}"
            return Entry(contender.name, contender.environment.name, command, 0, contender.unit, contender.base, "", {})
        checked = {}
        if contender.kind == "helps" or (contender.kind == "collects" and contender.notes):
            self._sample(contender)
        else:
            checked = self._look_at(contender)
        command = shlex.join(("pytest", "-q", *contender.options("FILE")))
        return Entry(
            contender.name,
            contender.environment.name,
            command,
            contender.suite.tests,
            contender.kind,
            contender.base,
            contender.collected,
            checked,
        )

    def _look_at(self, contender: Contender) -> dict[str, float]:
        record = self._directory / "record.jsonl"
        record.unlink(missing_ok=True)
        run = self._start(contender, {"BENCHMARK_RECORD": str(record)})
        memory = TreeMemory(run.pid)
        memory.start()
        try:
            ended = run.ended()
        finally:
            memory.stop()
        check_summary(contender, ended.status, ended.output)
        lines = read_lines(record)
        processes = check_processes(contender, lines, ended.pid)
        return {"processes": processes, **found_memory(lines, ended.pid), "tree_mib": round(memory.peak_mib, 1)}

    def _sample(self, contender: Contender | Program) -> Sample:
        if isinstance(contender, Program):
            return self._sample_program(contender)
        self._notes.unlink(missing_ok=True)
        ended = self._start(contender, {"BENCHMARK_NOTES": str(self._notes)}).ended()
        sample = {
            "wall_s": ended.wall_s,
            "cpu_s": ended.cpu_s,
            "peak_mib": ended.peak_mib,
            "minor_faults": ended.minor_faults,
            "summary_s": check_summary(contender, ended.status, ended.output),
        }
        if contender.notes:
            sample |= contender.notes.quantities(json.loads(self._notes.read_text()))
        return {name: round(value, 6) for name, value in sample.items()}

    def _sample_program(self, program: Program) -> Sample:
        command = [self._environments.python(program.environment), str(_PROGRAMS / program.file), *program.arguments]
        ended = Run(command, self._directory, clean_variables()).ended()
        if ended.status != 0:
            raise SystemExit(f"{program.name} failed: {shlex.join(command)}\n{ended.output}")
        return {"value": float(ended.output.splitlines()[-1])}

    def _start(self, contender: Contender, variables: Variables) -> Run:
        command = [self._environments.python(contender.environment), "-m", "pytest", "-q"]
        command += contender.options(str(self._notes))
        suite = contender.suite
        return Run(command, self._place(suite), {**clean_variables(), **suite.variables, **variables})


def limited(scenario: Scenario, tests: int) -> Scenario:
    """The same with at most so many tests in each suite: to try things out."""

    def limit(contender: Contender | Program) -> Contender | Program:
        if isinstance(contender, Program):
            return contender
        return replace(contender, suite=replace(contender.suite, tests=min(tests, contender.suite.tests)))

    return replace(scenario, contenders=[limit(each) for each in scenario.contenders])
