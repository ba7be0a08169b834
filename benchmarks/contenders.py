"""What is measured: a pytest command on a suite, or a program that measures itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from benchmarks.environments import Environment
from benchmarks.suites import Suite

#: Where the tests of a contender run: nowhere, as it only shows its help or collects; in pytest itself; in two other
#: processes; in forks of pytest, or in fresh interpreters.
Kind = Literal[
    "helps",
    "collects",
    "one process",
    "two processes",
    "a fork a group",
    "a fork a test",
    "an interpreter a test",
]


@dataclass(frozen=True, slots=True)
class Tool:
    """A way to run tests.

    Attributes:
        arguments: of pytest.
        kind: where the tests run; this is checked.
        does_more: what it does that isolated-async does not.
        slow: takes a third of a second a test, so it is given fewer.
    """

    name: str
    environment: Environment
    arguments: tuple[str, ...]
    kind: Kind
    does_more: str = ""
    slow: bool = False

    def on(self, suite: Suite, name: str = "", base: str = "") -> Contender:
        """The contender that runs this suite, and is compared to ``base``."""
        return Contender(name or self.name, self.environment, suite, self.arguments, self.kind, base)


@dataclass(frozen=True, slots=True)
class Notes:
    """What a command notes itself, as JSON, in a file that BENCHMARK_NOTES names as well.

    Attributes:
        options: of pytest, so that it does; the braces stand for the file.
        quantities: makes of what is in the file what becomes part of the sample.
    """

    options: tuple[str, ...]
    quantities: Callable[[Mapping[str, Any]], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Contender:
    """A pytest command.

    Attributes:
        base: the contender that it is compared to in the table, if any.
        collected: the contender that only collects the same; what it takes is no cost of the tests.
        notes: what it notes itself while it is measured, if anything.
    """

    name: str
    environment: Environment
    suite: Suite
    arguments: tuple[str, ...]
    kind: Kind
    base: str = ""
    collected: str = ""
    notes: Notes | None = None

    def options(self, notes_file: str) -> tuple[str, ...]:
        """All arguments of pytest."""
        return (*self.arguments, *(each.format(notes_file) for each in (self.notes.options if self.notes else ())))


@dataclass(frozen=True, slots=True)
class Program:
    """A file of ``programs/`` that prints one number.

    Attributes:
        unit: of that number.
    """

    name: str
    environment: Environment
    file: str
    arguments: tuple[str, ...]
    unit: str
    base: str = ""


_FORKS = Notes(("-p", "fork_floor"), lambda noted: {"fork_ms": noted["fork_ms"]})


def with_collecting(contenders: tuple[Contender, ...]) -> tuple[Contender, ...]:
    """The same, and before them one for each environment and suite that only collects; each names its own."""
    collecting: dict[str, Contender] = {}
    found = []
    for each in contenders:
        name = f"collects only: {each.environment.name}, {each.suite.directory_name}"
        collecting[name] = Contender(name, each.environment, each.suite, ("--collect-only",), "collects")
        found.append(replace(each, collected=name))
    return (*collecting.values(), *found)


def fork_floor(environment: Environment, suite: Suite, name: str = "fork, exit, wait") -> Contender:
    """Forks, exits and waits, once for each test, in a process that has collected the suite and runs none of it."""
    return Contender(name, environment, suite, ("--collect-only",), "collects", notes=_FORKS)
