"""The pytest plugin: options, marker, choice of tests, header, and where the isolated part of a run begins.

Lean on purpose: a run that isolates nothing pays for this module and the few that it imports, and no more.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from .choice.import_state import noting_what_is_left
from .choice.marker import MARKER_HELP
from .choice.options import Settings, add_options, read_settings
from .choice.other_plugins import find_other_plugins
from .choice.selection import SELECTION_KEY, Selection
from .processes.import_path import standard_library_first
from .profiling.wanted import PROFILE_PLUGIN, add_profile_options, wanted_profile
from .shared.collection import (
    INI,
    INI_HELP,
    are_needed,
    forget_what_only_they_need,
    share_fixtures,
    unknown_names,
)
from .telling.header import describe_selection
from .telling.run_notes import RunNotes

_notes_key = pytest.StashKey[RunNotes]()

_settings_key = pytest.StashKey[Settings]()


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)
    add_profile_options(parser)
    parser.addini(INI, help=INI_HELP, type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER_HELP)
    config.stash[_settings_key] = read_settings(config)
    config.stash[_notes_key] = RunNotes()
    is_profiled, file = wanted_profile(config)
    if is_profiled:
        # Only then is there anything of it.
        from .profiling.plugin import ProfilePlugin

        config.pluginmanager.register(ProfilePlugin(config, file), PROFILE_PLUGIN)


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    if _is_xdist_worker(config):
        return []  # Nobody sees it, and a usage error has been reported.
    lines = describe_selection(config, _select(config, items), config.stash[_settings_key])
    unknown = [f"{INI}: no collected test has a fixture {name!r}" for name in unknown_names(items)]
    return [*lines, *(f"isolated-loop: ini option {text}" for text in unknown)]


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, object, object]:
    with noting_what_is_left(collector):
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)  # Innermost: what other plugins set up around the loop is inherited.
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    config = session.config
    # Under xdist the controlling process collects nothing: its workers, which do, are hosts.
    items = getattr(session, "items", [])
    selection = _select(config, items)
    if not (selection.isolated or are_needed(session, items)) or _will_not_run(session):
        return (yield)
    # Only now: what a run without isolated tests does not need, it does not import.
    with standard_library_first():
        from .host import isolating

    with isolating(session, selection, config.stash[_settings_key], config.stash[_notes_key]):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> Generator[None, object, object]:
    try:
        share_fixtures(session)
        forget_what_only_they_need(session)
        if _is_xdist_worker(session.config):
            _select(session.config, session.items)
    except pytest.UsageError as error:
        if not _is_xdist_worker(session.config):
            raise
        # The controller of xdist shows a worker's collection errors, and nothing else that a worker may have to say.
        report = pytest.CollectReport(nodeid="", outcome="failed", longrepr=str(error), result=None)
        session.config.hook.pytest_collectreport(report=report)
        session.items.clear()
    result = yield
    # Plugins may have changed the tests.
    forget_what_only_they_need(session)
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _is_xdist_worker(session.config):
        session.config.workeroutput["isolated_loop"] = session.config.stash[_notes_key].to_plain()  # type: ignore[attr-defined]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """An xdist worker has finished: what it has to say, the controlling process says."""
    plain = getattr(node, "workeroutput", {}).get("isolated_loop")
    if plain is not None:
        node.config.stash[_notes_key].add(plain)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for note in config.stash[_notes_key].describe(config.get_verbosity()):
        terminalreporter.write_line(f"isolated-loop: {note}", yellow=True)


def _select(config: pytest.Config, items: list[pytest.Item]) -> Selection:
    selection = config.stash.get(SELECTION_KEY, None)
    if selection is None or selection.items != items:
        # Asked for twice, because plugins may still change the items while collection finishes (anyio does).
        selection = config.stash[SELECTION_KEY] = Selection(
            list(items), config.stash[_settings_key], find_other_plugins(config)
        )
    return selection


def _is_xdist_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _will_not_run(session: pytest.Session) -> bool:
    option = session.config.option
    return bool(option.collectonly or (session.testsfailed and not option.continue_on_collection_errors))
