"""A page of docs/conflicts, read: its examples, and what each of them says about itself.

::

    page --> fenced blocks --+--> ```python: an Example; its head says how it is run and how it ends
                             `--> ```text: messages, each a line of what the page's examples print
                                  (anything else is an error: no block is skipped)

The head of an example::

    # test_events.py, pytest-asyncio in auto mode, Python 3.11 or later
    # in process: 1 failed, "This event loop is already running"
    # isolated, test_first.py, --isolated-loop-timeout=1: 2 passed, 1 green without running
    #     "a quote that does not fit into the line above"

After the side come further arguments of pytest: options, and modules that are run before this one. The counts are
pytest's own, but that a test is only said to have passed if its body ran; else it is ``green without running``. Quotes
are part of what pytest prints. ``hangs`` is a run that does not end.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

DIRECTORY = Path(__file__).parent.parent.parent / "docs" / "conflicts"

Side = Literal["in process", "isolated"]

#: Who runs an example -> the arguments of pytest that make it so.
RUNNERS = {
    "plain pytest": ("-p", "no:asyncio", "-p", "no:anyio"),
    "pytest-asyncio in strict mode": ("-p", "no:anyio", "--asyncio-mode=strict"),
    "pytest-asyncio in auto mode": ("-p", "no:anyio", "--asyncio-mode=auto"),
}
#: A test that pytest reports as passed, though its body did not run.
GREEN = "green without running"

_OUTCOMES = ("passed", "failed", "errors", "skipped", "xfailed", "xpassed", GREEN)
_FIRST_LINE = re.compile(
    r"# (?P<name>\w+\.py), (?:run by python next to (?P<beside>\w+\.py)|(?P<runner>[^,]+))"
    r"(?:, Python 3\.(?P<minor>\d+) or later)?"
)
_OUTCOME_LINE = re.compile(r"# (?P<side>in process|isolated)(?P<arguments>(?:, (?:-[^,]+?|\w+\.py))*): +(?P<ending>.+)")
_ENDING = re.compile(r'(?:(?P<count>\d+) (?P<outcome>[a-z ]+)|(?P<hangs>hangs)|"(?P<quote>[^"]+)")(?:, |$)')


class PageError(ValueError):
    """A page breaks the rules above; the text names the page and the line."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an example ends on one side."""

    side: Side
    arguments: tuple[str, ...]
    counts: Counter[str]
    hangs: bool
    quotes: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Every test passes, and nothing is said about what is printed: then there must be no warning either."""
        return set(self.counts) == {"passed"} and not self.quotes


@dataclass(frozen=True, slots=True)
class Example:
    """One ``python`` block.

    Attributes:
        runner: a key of ``RUNNERS``; empty for a script, which calls pytest itself.
        beside: the module that a script needs; empty for a test module.
        since: the oldest Python on which it ends as it says.
    """

    where: str
    name: str
    runner: str
    beside: str
    since: tuple[int, int]
    source: str
    endings: tuple[Ending, ...]

    def __str__(self) -> str:
        return self.where


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its examples, and the messages that it quotes."""

    name: str
    text: str
    examples: tuple[Example, ...]
    messages: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    def example(self, name: str) -> Example:
        """The example in the module of this name."""
        return next(each for each in self.examples if each.name == name)


def read_page(name: str, text: str) -> Page:
    """Read a page.

    Raises:
        PageError: a block is not fenced as it should be, or does not say what it is, or two have the same name.
    """
    examples: list[Example] = []
    messages: list[str] = []
    for lineno, language, source in _blocks(name, text):
        where = f"{name}:{lineno}"
        if language == "python":
            examples.append(_read_example(where, source))
        elif language == "text":
            messages += [line for line in source.splitlines() if line.strip()]
        else:
            raise PageError(f"{where}: a block of {language or 'nothing'}; there are python and text")
    names = Counter(example.name for example in examples)
    if any(count > 1 for count in names.values()):
        raise PageError(f"{name}: two examples have the same name: {names}")
    for example in examples:
        if example.beside and example.beside not in names:
            raise PageError(f"{example.where}: there is no {example.beside}")
    return Page(name, text, tuple(examples), tuple(messages))


def _blocks(name: str, text: str) -> Iterator[tuple[int, str, str]]:
    """The line, the language and the content of each fenced block."""
    opened: tuple[int, str] | None = None
    content: list[str] = []
    for lineno, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*~~~|\s+```|````", line):
            raise PageError(f"{name}:{lineno}: fences are three backticks at the start of the line")
        if opened is None and line.startswith("    "):
            raise PageError(f"{name}:{lineno}: a block needs fences, a paragraph no indentation")
        if not line.startswith("```"):
            content.append(line)
        elif opened is None:
            opened, content = (lineno, line.removeprefix("```").strip()), []
        else:
            yield *opened, "\n".join(content) + "\n"
            opened = None
    if opened is not None:
        raise PageError(f"{name}:{opened[0]}: the block has no end")


def _read_example(where: str, source: str) -> Example:
    head: list[str] = []
    for line in source.splitlines():
        if line.startswith("#     ") and head:
            head[-1] += ", " + line[1:].strip()
        elif line.startswith("#"):
            head.append(line)
        else:
            break
    first = _FIRST_LINE.fullmatch(head[0]) if head else None
    if first is None:
        raise PageError(f"{where}: the first line is not `# NAME.py, RUNNER`")
    if not first["beside"] and first["runner"] not in RUNNERS:
        raise PageError(f"{where}: runs with one of {list(RUNNERS)}, not {first['runner']!r}")
    endings = tuple(_read_ending(where, line) for line in head[1:])
    if {ending.side for ending in endings} != {"in process", "isolated"}:
        raise PageError(f"{where}: does not say how it ends in process and how it ends isolated")
    since = (3, int(first["minor"] or 0))
    return Example(where, first["name"], first["runner"] or "", first["beside"] or "", since, source, endings)


def _read_ending(where: str, line: str) -> Ending:
    match = _OUTCOME_LINE.fullmatch(line)
    if match is None:
        raise PageError(f"{where}: not `# in process: ...` or `# isolated: ...`: {line}")
    counts: Counter[str] = Counter()
    quotes: list[str] = []
    hangs = False
    position = 0
    while position < len(match["ending"]):
        part = _ENDING.match(match["ending"], position)
        if part is None:
            raise PageError(f"{where}: not understood: {match['ending'][position:]!r}")
        position = part.end()
        hangs = hangs or part["hangs"] is not None
        if part["quote"] is not None:
            quotes.append(part["quote"])
        elif part["count"] is not None:
            outcome = "errors" if part["outcome"] == "error" else part["outcome"]
            if outcome not in _OUTCOMES:
                raise PageError(f"{where}: {part['outcome']!r} is none of {_OUTCOMES}")
            counts[outcome] += int(part["count"])
    if bool(counts) == hangs:
        raise PageError(f"{where}: says neither how many tests pass or fail, nor `hangs`: {line}")
    arguments = tuple(shlex.split(match["arguments"].replace(",", " ")))
    return Ending(cast(Side, match["side"]), arguments, counts, hangs, tuple(quotes))


def pages() -> list[Page]:
    """All pages but the index, in order of their names."""
    paths = sorted(path for path in DIRECTORY.glob("*.md") if path.name != "README.md")
    return [read_page(path.name, path.read_text()) for path in paths]
