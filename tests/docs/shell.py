"""Runs what a manual page says, in a directory that is the reader's, and compares what is printed.

::

    WrittenFile --> the file, which says when it is run --+
    Command --> a process, with the plugins that the page speaks of --+--> Finished: its status, what it has printed
                                                          `--> ran.txt: the files of which somebody has run the code
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..inner_pytest import ON_REQUEST, environment, without_costly_plugins
from .manual_page import Command, ManualPage, WrittenFile

#: Seconds after which a command is taken to hang.
_LIMIT_S = 120

#: What a reader types -> what is run.
_PROGRAMS = {
    "pytest": (sys.executable, "-m", "pytest"),
    "python": (sys.executable,),
    "coverage": (sys.executable, "-m", "coverage"),
    "isolated-async": (sys.executable, "-m", "isolated_async"),
}
#: Words of a command that the tests cannot run -> why, and what tests it instead.
NOT_RUN = {
    "pip install": "needs a package index; tests/test_wheel.py installs",
    "ssh=": "needs another machine: tests/machines",
    "rsync": "needs another machine",
    "--pdb": "needs a terminal: tests/behaviour/test_debugger.py",
    "scripts/": "sets up an environment of its own, from a package index",
    "-m suites": "needs a package index; minutes",
}

_EVIDENCE = """
import os

def ran(key):
    with open(os.environ["DOCS_RAN"], "a") as file:
        file.write(key + "\\n")
"""
#: Async plugins that a page has to speak of.
_ASYNC = {"asyncio": ("pytest_asyncio", "mark.asyncio", "asyncio_mode"), "timeout": ("mark.timeout", "--timeout")}

_VARYING = (
    (re.compile(r"\b\d+\.\d\ds\b( \(\d:\d\d:\d\d\))?"), "0.00s"),
    (re.compile(r"\b\d+\.\d{3}s\b"), "0.000s"),
    (re.compile(r"0x[0-9a-f]+"), "0x0"),
    (re.compile(r"^[=_-]{3,}( .+? )[=_-]{3,}$", re.MULTILINE), r"==\1=="),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended."""

    status: int
    printed: str


class Shell:
    """The directory of one page, and what was run there."""

    def __init__(self, directory: Path, page: ManualPage, given: Sequence[Path] = ()) -> None:
        """``given`` are directories that the reader has already."""
        self._suite = self._here = directory / "suite"
        self._suite.mkdir()
        for each in given:
            shutil.copytree(each, self._suite / each.name, ignore=shutil.ignore_patterns("__pycache__"))
        (directory / "evidence").mkdir()
        (directory / "evidence" / "docs_evidence.py").write_text(_EVIDENCE)
        self._ran = directory / "ran.txt"
        self._ran.touch()
        self._environment = self._made_for(page, directory / "evidence")
        self._last = 0

    def _made_for(self, page: ManualPage, evidence: Path) -> dict[str, str]:
        words = "\n".join([*(file.source for file in page.files), *(command.text for command in page.commands)])
        unwanted = [name for name, its_words in _ASYNC.items() if not any(word in words for word in its_words)]
        arguments = [*ON_REQUEST, *without_costly_plugins(words), *(f"-pno:{name}" for name in unwanted)]
        # What a page writes into an ini file is an error if nobody knows it.
        options = ["--strict-config", "--strict-markers", "-p", "no:cacheprovider", *arguments]
        ours = {"PYTEST_ADDOPTS": shlex.join(options), "DOCS_RAN": str(self._ran), "PYTHONPATH": str(evidence)}
        return {**environment(), **ours, "COLUMNS": "100"}

    def write(self, file: WrittenFile) -> None:
        """Write a file; if it is Python, it says so when it is run, without moving a line."""
        path = self._suite / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        source = file.source
        if path.suffix == ".py":
            call = f"__import__('docs_evidence').ran({file.key!r})"
            is_joined = source.startswith(("import ", "from ")) and not source.startswith("from __future__")
            source = f"{call}; {source}" if is_joined else f"{source}{call}\n"
        path.write_text(source)

    def ran(self) -> set[str]:
        """The keys of the Python files of which somebody has run the code."""
        return set(self._ran.read_text().splitlines())

    def run(self, command: Command) -> Finished:
        """Run a command here, and wait for it."""
        if command.text == "echo $?":
            return Finished(0, f"{self._last}\n")
        if command.text.startswith("cd "):
            self._here = (self._here / command.text.removeprefix("cd ")).resolve(strict=True)
            return Finished(0, "")
        words = shlex.split(command.text)
        environment = dict(self._environment)
        while re.fullmatch(r"[A-Z_]+=.*", words[0]):
            name, _, value = words.pop(0).partition("=")
            environment[name] = value
        done = subprocess.run(
            [*_PROGRAMS[words[0]], *words[1:]],
            cwd=self._here,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
        self._last = done.returncode
        return Finished(done.returncode, done.stdout.replace(str(self._suite), "/src"))


def why_not_run(command: Command) -> str:
    """Why the tests cannot run a command; empty if they can."""
    return next((why for words, why in NOT_RUN.items() if words in command.text), "")


def is_known(command: Command) -> bool:
    """True if its program is one that is run here."""
    return (
        command.text == "echo $?"
        or command.text.startswith("cd ")
        or bool(re.match(rf"(?:[A-Z_]+=\S* )*(?:{'|'.join(_PROGRAMS)})\b", command.text))
    )


def prints(finished: str, expected: str) -> bool:
    """True if these lines follow one another in what was printed; times and addresses do not matter."""
    pattern = ""
    for line in normalised(expected).split("\n"):
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(map(re.escape, line.split("..."))) + r"\n"
    return re.search(f"^{pattern}", f"{normalised(finished)}\n", re.MULTILINE) is not None


def normalised(text: str) -> str:
    """Without what differs from run to run."""
    for varying, constant in _VARYING:
        text = varying.sub(constant, text)
    return text


def problems_of(page: ManualPage, directory: Path, given: Sequence[Path] = ()) -> list[str]:
    """A text for each thing that a page says and that is not so, to a reader who has the ``given`` directories."""
    shell = Shell(directory, page, given)
    found = []
    for step in page.steps:
        if isinstance(step, WrittenFile):
            shell.write(step)
        elif why := why_not_run(step):
            found += (
                [f"{step.where}: says what `{step.text}` prints, and nobody runs it: {why}"] if step.printed else []
            )
        elif not is_known(step):
            found.append(f"{step.where}: nobody runs `{step.text}`")
        else:
            finished = shell.run(step)
            if step.printed and not prints(finished.printed, step.printed):
                found.append(f"{step.where}: `{step.text}` does not print this\n{finished.printed}")
            elif not step.printed and finished.status:
                found.append(f"{step.where}: `{step.text}` ends with {finished.status}\n{finished.printed}")
    ran = shell.ran()
    of_python = [file for file in page.files if not file.name.endswith((".ini", ".toml"))]
    return found + [f"{file.where}: nobody runs {file.key}" for file in of_python if file.key not in ran]
