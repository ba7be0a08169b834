"""A page of the tutorial, the how-to guides or the reference, read: what its blocks write, run and show.

::

    page --> fenced blocks --+--> ```python, ```ini, ```toml with title="NAME": a WrittenFile of the page's suite
                             |--> ```console: Commands, each with the lines that it prints
                             |--> ```yaml, ```json: Data; its commands are run as well
                             `--> ```text: a drawing (anything else is an error: no block is skipped)

The blocks of a page are one session in one directory, from top to bottom. A second file of the same name takes the
place of the first. In what a command prints, ``...`` stands for anything on the line, and on a line of its own for any
number of lines; what comes before the first line and after the last one is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).parent.parent.parent / "docs"

#: Pages that show what a command says of a suite of the project -> what compares that.
HELD_ELSEWHERE = {
    "how-to/compare.md": "tests/comparison/test_manual.py",
    "how-to/diagnose.md": "tests/diagnosis/test_manual.py",
    "how-to/doctor.md": "tests/doctor/test_manual.py",
}

#: What is written to a file, and what is only read.
_FILES = ("python", "ini", "toml")
_OPENING = re.compile(r'```(?P<language>[a-z]*)(?: title="(?P<title>[\w./-]+)")?')
#: Of a CI system, what holds commands.
_KEYS_OF_COMMANDS = ("run", "script")


class PageError(ValueError):
    """A page breaks the rules above; the text names the page and the line."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A block that is a file.

    Attributes:
        version: counts the files of the same name on the page, from 1.
    """

    where: str
    name: str
    version: int
    source: str

    @property
    def key(self) -> str:
        return f"{self.name}, version {self.version}"


@dataclass(frozen=True, slots=True)
class Command:
    """A line that begins with ``$``, and what the page says that it prints."""

    where: str
    text: str
    printed: str


Step = WrittenFile | Command


@dataclass(frozen=True, slots=True)
class ManualPage:
    """One page; ``steps`` in the order in which a reader takes them."""

    name: str
    text: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return self.name

    @property
    def files(self) -> list[WrittenFile]:
        return [step for step in self.steps if isinstance(step, WrittenFile)]

    @property
    def commands(self) -> list[Command]:
        return [step for step in self.steps if isinstance(step, Command)]


def read_manual_page(name: str, text: str) -> ManualPage:
    """Read a page.

    Raises:
        PageError: a block is not fenced as it should be, or nobody could run it.
    """
    steps: list[Step] = []
    for lineno, language, title, source in _blocks(name, text):
        where = f"{name}:{lineno}"
        if language in _FILES:
            if not title:
                raise PageError(f'{where}: a block of {language} is a file, and says which: ```{language} title="NAME"')
            version = 1 + sum(isinstance(step, WrittenFile) and step.name == title for step in steps)
            steps.append(WrittenFile(where, title, version, source))
        elif language == "console":
            steps += _commands(where, source)
        elif language in ("yaml", "json"):
            steps += [Command(where, text, "") for text in _commands_in(_parsed(where, language, source))]
        elif language != "text":
            raise PageError(f"{where}: a block of {language or 'nothing'}")
    return ManualPage(name, text, tuple(steps))


def _blocks(name: str, text: str) -> Iterator[tuple[int, str, str, str]]:
    """The line, the language, the title and the content of each fenced block."""
    opened: tuple[int, str, str] | None = None
    content: list[str] = []
    before = ""
    for lineno, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*~~~|\s+```|````", line):
            raise PageError(f"{name}:{lineno}: fences are three backticks at the start of the line")
        if opened is None and line.startswith("    ") and not before.strip():
            raise PageError(f"{name}:{lineno}: a block needs fences")
        before = line
        if not line.startswith("```"):
            content.append(line)
        elif opened is None:
            opening = _OPENING.fullmatch(line)
            if opening is None:
                raise PageError(f'{name}:{lineno}: not ```LANGUAGE or ```LANGUAGE title="NAME"')
            opened, content = (lineno, opening["language"], opening["title"] or ""), []
        else:
            yield *opened, "\n".join(content) + "\n"
            opened = None
    if opened is not None:
        raise PageError(f"{name}:{opened[0]}: the block has no end")


def _commands(where: str, source: str) -> list[Command]:
    pieces = re.split(r"^\$ ", source, flags=re.MULTILINE)
    if pieces[0].strip() or len(pieces) == 1:
        raise PageError(f"{where}: a block of console begins with `$ ` and a command")
    commands = []
    for piece in pieces[1:]:
        text, _, printed = piece.replace("\\\n", " ").partition("\n")
        commands.append(Command(where, " ".join(text.split()), printed.strip("\n")))
    return commands


def _parsed(where: str, language: str, source: str) -> Any:
    try:
        return json.loads(source) if language == "json" else yaml.safe_load(source)
    except (ValueError, yaml.YAMLError) as error:
        raise PageError(f"{where}: is no {language}: {error}") from None


def _commands_in(data: Any) -> Iterator[str]:
    """The lines of every ``run:`` and ``script:``."""
    if isinstance(data, list):
        for each in data:
            yield from _commands_in(each)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in _KEYS_OF_COMMANDS:
                texts = value if isinstance(value, list) else [value]
                yield from (line.strip() for text in texts for line in text.splitlines() if line.strip())
            else:
                yield from _commands_in(value)


def manual_pages() -> list[ManualPage]:
    """Every page whose blocks are run: those about loop conflicts have their own rules, explanations show drawings."""
    paths = [DOCS / "index.md", DOCS / "tutorial.md", *DOCS.glob("how-to/*.md"), *DOCS.glob("reference/*.md")]
    by_name = {path.relative_to(DOCS).as_posix(): path for path in sorted(paths)}
    return [read_manual_page(name, path.read_text()) for name, path in by_name.items() if name not in HELD_ELSEWHERE]
