"""Every example of docs/conflicts ends as it says, in process and isolated; every quoted message is really printed."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import time
from collections import Counter

import pytest

from isolated_async_workers.wire.conflict_pages import page as path_of_page

from ..behaviour.conftest import Suite
from .conflict_page import DIRECTORY, GREEN, RUNNERS, Ending, Example, Page, pages, read_page

PAGES = pages()

#: The same order in each page, for a reader in a hurry.
HEADINGS = ("The message", "A suite that has it", "Why", "Isolated", "Mend it")

#: Lines that are not blank; who reads it has five minutes.
LONGEST_PAGE = 90

#: Seconds from the first body of a test: none of the examples takes so long, unless it never ends.
HANG_S = 2.0
#: Seconds until then; an overloaded machine needs some.
BEGIN_S = 60.0

#: Imported by every example: a line for each body of a test that begins, and in which process.
_EVIDENCE = """
import os

def body():
    where = "in process" if os.environ["REPORT_LOG_PID"] == str(os.getpid()) else "isolated"
    test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
    with open(os.path.join(os.path.dirname(__file__), "bodies.txt"), "a") as file:
        file.write(f"{where}|{test}\\n")
"""

_WARNINGS_FAIL = ("-W", "error", "-W", "ignore::pytest.PytestConfigWarning")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_examples_end_as_they_say(suite: Suite, monkeypatch: pytest.MonkeyPatch, page: Page) -> None:
    found = differences(suite, monkeypatch, page)
    assert not found, "\n\n".join(found)
    too_new = [f"{each.name} needs Python 3.{each.since[1]}" for each in page.examples if each.since > sys.version_info]
    if too_new:
        pytest.skip(f"the rest is right; {', '.join(too_new)}")


def differences(suite: Suite, monkeypatch: pytest.MonkeyPatch, page: Page) -> list[str]:
    """A text for each thing that a page says and that is not so."""
    suite.ini("asyncio_default_test_loop_scope = function")
    suite.write(evidence=_EVIDENCE)
    for example in page.examples:
        (suite.path / example.name).write_text(with_evidence(example.source) if example.runner else example.source)
    printed = ""
    found: list[str] = []
    examples = [example for example in page.examples if example.since <= sys.version_info]
    for example in examples:
        for ending in example.endings:
            output, problems = _run(suite, monkeypatch, example, ending)
            printed += output
            found += [f"{example}, {ending.side}: {problem}\n{output}" for problem in problems]
    if len(examples) == len(page.examples):
        found += [f"no example prints {each!r}" for each in page.messages if not prints(printed, each)]
    return found


def _run(suite: Suite, monkeypatch: pytest.MonkeyPatch, example: Example, ending: Ending) -> tuple[str, list[str]]:
    """Run an example; what was printed, and a text for each thing that is not as announced."""
    for name in ("bodies.txt", "reports.jsonl"):
        (suite.path / name).unlink(missing_ok=True)
    mode = "off" if ending.side == "in process" else "async"
    arguments = [f"--isolated-loop-mode={mode}", *ending.arguments]
    if ending.is_clean:
        arguments += _WARNINGS_FAIL
    if example.runner:
        arguments += [*RUNNERS[example.runner], example.name]
        if ending.hangs and _hangs(suite, arguments):
            return "", []
        run = suite.run(*arguments)
        output = run.stdout + run.stderr
    else:
        monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(["-p report_log", *arguments]))
        output = suite.run_script(suite.path / example.name).stdout
        monkeypatch.delenv("PYTEST_ADDOPTS")
    bodies = _bodies(suite)
    counts = _counts(suite, output, {test for _, test in bodies})
    problems = [f"{test} ran {where}" for where, test in bodies if where != ending.side]
    if counts != ending.counts:
        problems.append(f"{dict(counts)}, not {'a hang' if ending.hangs else dict(ending.counts)}")
    return output, problems + [f"does not print {quote!r}" for quote in ending.quotes if quote not in output]


def _hangs(suite: Suite, arguments: list[str]) -> bool:
    """True if a test begins and the run does not end."""
    with suite.start(*arguments) as process:
        try:
            begins_by = time.monotonic() + BEGIN_S
            while process.poll() is None and not _bodies(suite) and time.monotonic() < begins_by:
                time.sleep(0.05)
            process.wait(HANG_S)
        except subprocess.TimeoutExpired:
            return bool(_bodies(suite))
        finally:
            process.kill()
    return False


def _bodies(suite: Suite) -> list[tuple[str, str]]:
    """Where each body of a test began, and the node id of the test."""
    file = suite.path / "bodies.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(where, test) for where, _, test in (line.partition("|") for line in lines)]


def _counts(suite: Suite, output: str, with_body: set[str]) -> Counter[str]:
    """Pytest's own counts; of the passed tests, those without a body count apart."""
    try:
        nouns = pytest.RunResult.parse_summary_nouns(output.splitlines())
    except ValueError:
        return Counter(["no summary"])
    counts = Counter({noun: count for noun, count in nouns.items() if noun not in ("warnings", "deselected")})
    reports = [json.loads(line) for line in (suite.path / "reports.jsonl").read_text().splitlines()]
    passed = {each["nodeid"] for each in reports if each["when"] == "call" and each["outcome"] == "passed"}
    counts[GREEN] = len(passed - with_body)
    counts["passed"] -= counts[GREEN]
    return +counts


def with_evidence(source: str) -> str:
    """The same module, in which the body of each test says that it ran."""
    lines = source.splitlines()
    tests = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    ]
    for first in sorted((node.body[0] for node in tests), key=lambda node: -node.lineno):
        line = lines[first.lineno - 1]
        before, after = line[: first.col_offset], line[first.col_offset :]
        call = "__import__('evidence').body()"
        if before.strip():
            lines[first.lineno - 1] = f"{before}{call}; {after}"
        else:
            lines.insert(first.lineno - 1, before + call)
    return "\n".join(lines) + "\n"


def prints(output: str, message: str) -> bool:
    """True if the message is in what was printed; three dots stand for anything on the line."""
    return re.search(".*".join(re.escape(part) for part in message.strip().split("...")), output) is not None


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_pages_are_alike(page: Page) -> None:
    assert tuple(re.findall(r"^## (.+)", page.text, re.MULTILINE)) == HEADINGS
    assert page.messages, "quotes no message"
    assert any(all(ending.is_clean for ending in example.endings) for example in page.examples), "mends nothing"
    assert sum(1 for line in page.text.splitlines() if line) <= LONGEST_PAGE


def test_the_index_names_every_page() -> None:
    text = (DIRECTORY / "README.md").read_text()
    for line in text.splitlines():
        for page in (page for page in PAGES if f"]({page.name})" in line):
            for message in re.findall(r'"(.+?)"', line):
                assert prints(page.text, message), f"{page} says nothing about {message}"
    assert set(re.findall(r"\]\((.+?)\)", text)) == {page.name for page in PAGES}
    assert read_page("README.md", text).examples == ()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_stay_in_the_folder(page: Page) -> None:
    """It is all that a wheel has."""
    links = re.findall(r"\]\((.+?)\)", page.text)
    assert [link for link in links if not (DIRECTORY / link).is_file() or "/" in link] == []


def test_the_readme_links_to_the_index() -> None:
    assert "(docs/conflicts/README.md)" in (DIRECTORY.parent.parent / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_report_can_link_to_it(page: Page) -> None:
    assert path_of_page(page.name.removesuffix(".md")) == str(DIRECTORY / page.name)


def test_a_page_that_is_nowhere_still_has_a_name() -> None:
    assert path_of_page("no-such-page") == "docs/conflicts/no-such-page.md"


_FALSE = """
```text
This is not printed
```

```python
# test_false.py, plain pytest
# in process: 1 passed
# in process: hangs
# in process: 1 green without running, "nor is this"
# isolated: 1 passed
# isolated, --isolated-loop-mode=off: 1 passed
import unittest
import warnings


class TestFalse(unittest.TestCase):
    async def test_warns(self):
        warnings.warn("to be passed is to pass without a warning")
```
"""


def test_a_false_claim_is_found(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    found = differences(suite, monkeypatch, read_page("false.md", _FALSE))
    assert [each.splitlines()[0] for each in found] == [
        "false.md:6, in process: {'failed': 1}, not {'passed': 1}",
        "false.md:6, in process: {'green without running': 1}, not a hang",
        "false.md:6, in process: does not print 'nor is this'",
        "false.md:6, isolated: {'failed': 1}, not {'passed': 1}",
        "false.md:6, isolated: {'failed': 1}, not {'passed': 1}",
        "no example prints 'This is not printed'",
    ]


def test_a_body_in_the_wrong_process_is_found(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    head = "# test_a.py, plain pytest\n# in process: 1 passed\n# isolated: 1 passed\n"
    page = read_page("false.md", f"```python\n{head}def test_sync(): pass\n```\n")
    assert [each.splitlines()[0] for each in differences(suite, monkeypatch, page)] == [
        "false.md:1, isolated: test_a.py::test_sync ran in process"
    ]
