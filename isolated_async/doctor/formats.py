"""What the doctor says: as text, as JSON, as annotations of GitHub Actions, as SARIF."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from isolated_async_workers.wire.conflict_pages import page

from .examination import Examination
from .finding import Finding, Kind
from .kinds import KINDS

#: Of the JSON format; raised when a name changes its meaning or goes away.
_SCHEMA = 1
#: In the project's source, for what is read on another machine.
_PAGES = "docs/conflicts"

#: From Python 3.10 on, these may be made anywhere: whether two loops wait for one, no line of code says.
_UNSEEN = (
    "What cannot be seen: queues, locks and events of asyncio that a module keeps, which bind to the first loop that "
    "waits for them. Isolated, each test has its own."
)


def as_text(examination: Examination) -> str:
    """For people."""
    return "\n".join([*_about_the_machine(examination), "", *_about_the_code(examination)]) + "\n"


def _about_the_machine(examination: Examination) -> Iterator[str]:
    yield ", ".join(f"{name} {version}" for name, version in examination.versions.items() if name != "system")
    yield examination.versions["system"]
    for method in examination.start_methods:
        yield f"start method {method.name}: {f'does not work: {method.problem}' if method.problem else 'works'}"
    suite = examination.suite
    yield f"plugins: {', '.join(f'{name} {version}' for name, version in suite.plugins.items()) or 'none'}"
    yield from (f"    {difference}" for difference in suite.differences)
    tests, modules = _count(suite.tests, "test"), _count(len(suite.modules), "module")
    yield f"{tests}, of which --isolated-loop isolates {suite.isolated}; {modules}"
    yield from (f"not collected: {error}" for error in suite.errors)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _about_the_code(examination: Examination) -> Iterator[str]:
    findings = examination.findings
    if not findings:
        yield "No loop conflict that can be seen in the code."
        yield _UNSEEN
        return
    for each in findings:
        yield f"{_relative(each.path)}:{each.line}:{each.column}: {each.kind.name}: {each.text}"
    counts = Counter(each.kind for each in findings)
    for kind, count in counts.most_common():
        yield ""
        yield f"{kind.name} ({count}): {kind.title}"
        yield f"    in process: {kind.in_process}"
        yield f"    isolated:   {kind.isolated}"
        yield f"    mend:       {kind.mend}"
        yield f"    more:       {page(kind.page)}"


def as_json(examination: Examination) -> str:
    """For programs; docs/how-to/doctor.md has the schema."""
    suite = examination.suite
    return _dump(
        {
            "schema": _SCHEMA,
            "versions": examination.versions,
            "start_methods": [
                {"name": each.name, "works": not each.problem, "problem": each.problem}
                for each in examination.start_methods
            ],
            "plugins": dict(suite.plugins),
            "differences": list(suite.differences),
            "tests": suite.tests,
            "isolated": suite.isolated,
            "errors": list(suite.errors),
            "kinds": {kind.name: _told(kind) for kind in KINDS},
            "findings": [
                {
                    "kind": each.kind.name,
                    "path": _relative(each.path),
                    "line": each.line,
                    "column": each.column,
                    "text": each.text,
                }
                for each in examination.findings
            ],
        }
    )


def _told(kind: Kind) -> dict[str, str]:
    return {
        "title": kind.title,
        "in_process": kind.in_process,
        "isolated": kind.isolated,
        "mend": kind.mend,
        "page": page(kind.page),
    }


def as_github(examination: Examination) -> str:
    """Workflow commands of GitHub Actions: each finding becomes an annotation of its line."""
    lines = [_annotation(each) for each in examination.findings]
    lines += [f"::error::{_escaped(f'not collected: {error}')}" for error in examination.suite.errors]
    return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Finding) -> str:
    place = f"file={_escaped_property(_relative(finding.path))},line={finding.line},col={finding.column}"
    title = _escaped_property(f"isolated-async: {finding.kind.name}")
    return f"::warning {place},title={title}::{_escaped(_message(finding))}"


def _message(finding: Finding) -> str:
    kind = finding.kind
    return f"{finding.text}: {kind.title}. In process: {kind.in_process}. Isolated: {kind.isolated}. Mend: {kind.mend}."


def _escaped(text: str) -> str:
    """As the toolkit of GitHub Actions escapes data."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(examination: Examination) -> str:
    """SARIF 2.1.0 (OASIS), as code scanning takes it."""
    rules = [
        {
            "id": kind.name,
            "shortDescription": {"text": kind.title},
            "fullDescription": {"text": f"In process: {kind.in_process}. Isolated: {kind.isolated}."},
            "help": {"text": f"{kind.mend}. See {_PAGES}/{kind.page}.md of isolated-async."},
            "defaultConfiguration": {"level": "warning"},
        }
        for kind in KINDS
    ]
    driver = {"name": "isolated-async doctor", "version": examination.versions["isolated-async"], "rules": rules}
    return _dump(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "results": [_result(each) for each in examination.findings]}],
        }
    )


def _result(finding: Finding) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": Path(_relative(finding.path)).as_posix(), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": finding.line, "startColumn": finding.column},
    }
    return {
        "ruleId": finding.kind.name,
        "level": "warning",
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": place}],
    }


def _relative(path: str) -> str:
    """To the current directory, as pytest names files."""
    return os.path.relpath(path)


def _dump(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


FORMATS: dict[str, Callable[[Examination], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
}
