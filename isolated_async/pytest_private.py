"""Every private name of pytest that the host side touches, each with the reason.

Checked against pytest 8.2 to 9.2. Where pytest offers a public way for all of these versions, use that instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import pytest
from _pytest._code.code import (
    ReprEntryNative,
    ReprExceptionInfo,
    ReprFileLocation,
    ReprTraceback,
)
from _pytest.junitxml import xml_key
from _pytest.skipping import evaluate_xfail_marks, xfailed_key

#: What :func:`failure_text` makes.
FailureText = ReprExceptionInfo


def is_pytest_running() -> bool:
    """True while a pytest session is configured in this process."""
    return pytest.mark._config is not None


def fixture_functions(item: pytest.Function) -> Iterator[tuple[str, Any]]:
    """Name and function of every fixture that this test uses, directly or not."""
    for name in item.fixturenames:
        definitions = item._fixtureinfo.name2fixturedefs.get(name)
        if definitions:
            yield name, definitions[-1].func


def all_fixture_definitions(session: pytest.Session) -> list[pytest.FixtureDef[Any]]:
    """Every fixture that plugins, conftests and collected modules define; those of one name in their order."""
    manager: Any = session._fixturemanager
    if hasattr(manager, "_get_all_fixture_defs"):
        return list(manager._get_all_fixture_defs())
    return [each for definitions in manager._arg2fixturedefs.values() for each in definitions]  # pytest 8.2 to 9.0


def definitions_of_item(item: pytest.Item) -> dict[str, Sequence[pytest.FixtureDef[Any]]]:
    """Name -> the fixtures of this name that the test can see and needs, the closest one last."""
    information = getattr(item, "_fixtureinfo", None)
    return {} if information is None else information.name2fixturedefs


def item_of(request: Any) -> pytest.Item:
    """The test for which a fixture of whatever scope is set up."""
    return request._pyfuncitem  # type: ignore[no-any-return]


def parameters_of(item: pytest.Item) -> dict[str, tuple[int, object]]:
    """Of each parametrised argument of a test: which one of its values it is, and the value."""
    callspec = getattr(item, "callspec", None)
    return (
        {} if callspec is None else {name: (callspec.indices[name], callspec.params[name]) for name in callspec.params}
    )


def terminal_file(writer: Any) -> TextIO:
    """Where pytest's terminal writer writes to: what goes there directly, it does not count."""
    file: TextIO = writer._file
    return file


def basetemp(config: pytest.Config) -> str:
    """The base temporary directory of this run, made now: the workers' directories lie in it.

    Empty where pytest's tmpdir plugin is switched off.
    """
    factory = getattr(config, "_tmp_path_factory", None)
    return "" if factory is None else str(factory.getbasetemp())


def teardown_towards(session: pytest.Session, nextitem: pytest.Item | None) -> None:
    """Tear down what the host has set up and ``nextitem`` does not need."""
    if session._setupstate.stack:
        session._setupstate.teardown_exact(nextitem)


def failure_text(item: pytest.Item, text: str, message: str) -> ReprExceptionInfo:
    """A failure that pytest shows as ``text``, with ``message`` in its short summary."""
    path, line, _ = item.location
    return ReprExceptionInfo(
        reprtraceback=ReprTraceback([ReprEntryNative([f"{text}\n"])], None, "native"),
        reprcrash=ReprFileLocation(path, (line or 0) + 1, message),
    )


def xfail_reason(item: pytest.Item) -> str | None:
    """The reason of an ``xfail`` marker that covers any failure of this test, or None."""
    if item.config.option.runxfail:
        return None
    xfail = evaluate_xfail_marks(item)
    return xfail.reason if xfail is not None and xfail.raises is None else None


def keep_subtest_arguments(report: pytest.TestReport, data: dict[str, Any]) -> None:
    """Undo that pytest takes the repr of a subtest's arguments once more when it reads the report back."""
    context = data.get("_subtest.context")
    if context is not None:
        object.__setattr__(report.context, "kwargs", context["kwargs"])


def junit_log(config: pytest.Config) -> Any:
    """What writes the JUnit XML of this run, or None."""
    return config.stash.get(xml_key, None)


def note_xfail(item: pytest.Item) -> None:
    """Note whether a failure is expected, where syrupy looks for it; pytest does so in the process of the setup."""
    if xfailed_key not in item.stash:
        item.stash[xfailed_key] = evaluate_xfail_marks(item)
