"""The reference has every option, argument, public name, exit status, message and verdict, and none besides."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from types import FunctionType
from typing import Any

import pytest

import isolated_async
from isolated_async import commands, plugin
from isolated_async.choice import marker
from isolated_async.choice.start import STARTS
from isolated_async.endings.verdict import Ending
from isolated_async.remote.items import Item
from isolated_async.shared import fixture
from isolated_async_workers.wire.framing import MAX_FRAME_BYTES
from isolated_async_workers.wire.messages import PROTOCOL_VERSION, Message

from .manual_page import DOCS

REFERENCE = DOCS / "reference"


def under(heading: str, text: str) -> str:
    """What stands between this heading and the next one."""
    return re.split(r"^#+ ", re.split(rf"^#+ {re.escape(heading)}\n", text, flags=re.MULTILINE)[1], flags=re.MULTILINE)[
        0
    ]


def rows(page: str, heading: str = "") -> list[list[str]]:
    """The cells of the tables of a page, or of what stands under a heading of it; without heads."""
    text = (REFERENCE / page).read_text()
    if heading:
        text = under(heading, text)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = {at for at, line in enumerate(lines) if line.startswith("| ---")}
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for at, line in enumerate(lines)
        if at not in heads and at + 1 not in heads
    ]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


class _Registered:
    """Takes the place of pytest's parser, and notes what is added to it."""

    def __init__(self) -> None:
        self.flags: dict[str, dict[str, Any]] = {}
        self.ini: dict[str, dict[str, Any]] = {}

    def getgroup(self, *_: str) -> _Registered:
        return self

    def addoption(self, flag: str, **details: Any) -> None:
        self.flags[flag] = details

    def addini(self, name: str, **details: Any) -> None:
        self.ini[name] = details


def test_options() -> None:
    registered = _Registered()
    plugin.pytest_addoption(registered)  # type: ignore[arg-type] # it has what is asked of it
    table = rows("options.md")
    assert [flag for row in table for flag in names(row[0])] == sorted(
        registered.flags, key=[flag for row in table for flag in names(row[0])].index
    )
    assert {name for row in table for name in names(row[1])} == set(registered.ini)
    for flag, ini, allowed, default in table:
        assert not flag or f"- **{flag}**" in (REFERENCE / "options.md").read_text(), flag
        if not ini:
            continue
        (name,) = names(ini)
        assert not flag or registered.flags[names(flag)[0]]["dest"] == name
        assert (registered.ini[name]["default"] or "none") == (default.strip("`")), flag
        metavar = registered.flags[names(flag)[0]].get("metavar") or "" if flag else ""
        if metavar.islower() and "|" in metavar:
            assert names(allowed) == metavar.split("|")


def test_modes_that_are_allowed() -> None:
    registered = _Registered()
    plugin.pytest_addoption(registered)  # type: ignore[arg-type] # the same
    for flag, _, allowed, _ in rows("options.md"):
        if flag == "`--isolated-loop-mode`":
            for mode in names(allowed):
                assert registered.flags["--isolated-loop-mode"]["type"](mode) == mode
            with pytest.raises(Exception, match=f"allowed: one of {', '.join(names(allowed))}$"):
                registered.flags["--isolated-loop-mode"]["type"]("no such")


def test_arguments_of_the_marker() -> None:
    table = {names(row[0])[0]: row for row in rows("markers.md")}
    assert list(table) == [field.name for field in dataclasses.fields(marker.MarkerChoice)]
    allowed = {"scope": marker.SCOPES, "leaks": marker.LEAKS, "nested": marker.NESTED, "start": STARTS}
    for name, values in allowed.items():
        assert [each.strip('"') for each in names(table[name][1])] == list(values)


def section(name: str) -> str:
    return under(f"`{name}`", (REFERENCE / "api.md").read_text())


ERRORS = [
    name
    for name in isolated_async.__all__
    if isinstance(value := getattr(isolated_async, name), type) and issubclass(value, isolated_async.IsolatedError)
]


def test_public_names() -> None:
    text = (REFERENCE / "api.md").read_text()
    headings = re.findall(r"^### `(\w+)`", text, re.MULTILINE)
    assert sorted([*headings, *ERRORS]) == sorted(isolated_async.__all__)


@pytest.mark.parametrize("name", ["run_isolated", "run_isolated_async", "shared_fixture", "isolated_loop"])
def test_parameters_of_functions(name: str) -> None:
    told = section(name)
    function: Any = getattr(isolated_async, name)
    if name == "isolated_loop":
        parameters = [field.name for field in dataclasses.fields(marker.MarkerChoice)]
    elif name == "shared_fixture":
        parameters = re.findall(r"(\w+)=", fixture._ALLOWED)
    else:
        parameters = list(inspect.signature(function).parameters)
    assert [each for each in parameters if not re.search(rf"\b{each}\b", told)] == []


def test_methods_of_the_pool() -> None:
    told = section("IsolatedPool")
    pool = isolated_async.IsolatedPool
    assert f"`IsolatedPool({_call(pool.__init__)})`" in told
    methods = {name: value for name, value in vars(pool).items() if isinstance(value, FunctionType) and name[0] != "_"}
    assert [row[0] for row in rows("api.md", "`IsolatedPool`")] == [
        f"`{name}({_call(method)})`" for name, method in methods.items()
    ]


def _call(function: Any) -> str:
    """The parameters as one writes them in a call, without types and ``self``."""
    signature = inspect.signature(function)
    own = [each.replace(annotation=each.empty) for each in list(signature.parameters.values())[1:]]
    plain = str(signature.replace(parameters=own, return_annotation=signature.empty)).strip("()")
    return plain.replace("'", '"')


def test_errors() -> None:
    table = {names(row[0])[0]: row[1] for row in rows("api.md", "Errors")}
    assert sorted(table) == sorted(ERRORS)
    for name in ERRORS:
        attributes = {
            each
            for kind in getattr(isolated_async, name).__mro__
            if kind.__module__ == isolated_async.IsolatedError.__module__
            for each in vars(kind)
            if not each.startswith("_")
        }
        told = {each.partition(":")[0] for each in names(table[name])} - {"str"}
        assert told == attributes, name


def test_exit_statuses_of_the_commands() -> None:
    head = under("The commands", (REFERENCE / "exit-statuses.md").read_text()).strip().splitlines()[0]
    commanded = [name.removeprefix("isolated-async ") for name in names(head)]
    assert commanded == list(commands._COMMANDS)
    table = rows("exit-statuses.md", "The commands")
    for at, name in enumerate(commanded, start=1):
        module, _ = commands._COMMANDS[name]
        statuses = {int(number) for number in re.findall(r"\b\d+\b", module.EPILOG)}
        assert {int(row[0]) for row in table if row[at]} == statuses, name


def test_messages() -> None:
    text = (REFERENCE / "wire.md").read_text()
    assert f"Protocol version: **{PROTOCOL_VERSION}**" in text
    assert f"{MAX_FRAME_BYTES // 2**20} MiB" in text
    told: dict[str, list[str]] = {}
    for heading in ("Host to zygote", "Zygote to host", "Host to worker", "Worker to host"):
        told |= {names(row[0])[0]: names(row[1]) for row in rows("wire.md", heading)}
    assert told == {
        kind.__name__: [field.name for field in dataclasses.fields(kind)] for kind in typing.get_args(Message)
    }
    items = {name for row in rows("wire.md", "Relay and agent") for name in names(row[0])}
    assert items == {kind.__name__ for kind in typing.get_args(Item)}


def test_verdicts() -> None:
    told = [names(row[0])[0] for row in rows("endings.md", "Verdicts")]
    assert told == [kind.__name__ for kind in typing.get_args(Ending)]
