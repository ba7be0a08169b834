"""Which collected tests run isolated, and for each that does not, why not."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from isolated_async_workers.wire.light_dataclass import dataclass

from .asyncness import why_async
from .import_state import not_fork_safe, why_not_fork_safe
from .marker import MARKER_NAME, Leaks, MarkerChoice, read_markers
from .options import Settings
from .other_plugins import NO_OTHER_PLUGINS, OtherPlugins
from .start import DEFAULT_START, StartName

if TYPE_CHECKING:
    from .plugin_timeout import PluginTimeout

NOT_MARKED = "not marked"
NOT_ASYNC = "not async"
OPTED_OUT = "opted out by @isolated_loop(False)"
SWITCHED_OFF = "--isolated-loop-mode=off"


@dataclass(frozen=True, slots=True)
class IsolatedItem:
    """One test that runs isolated.

    Attributes:
        occurrence: which of the items with this node id it is, from 0 (pytest's ``--keep-duplicates``).
        timeout_s: limit in seconds of each stage; None is no limit.
        group: node id of the class or module whose tests share one worker; empty for a worker of its own.
        leaks: what becomes of what it leaves behind.
        nested: whether its loop may be run while it runs.
        loop_factory: dotted name of what makes its loop; empty where a marker names the callable, or nothing does.
        may_rerun: whether a plugin may run it again when it fails.
        plugin_timeout: the limit of pytest-timeout, where none of ours is given.
        start: how its worker comes to be.
    """

    item: pytest.Item
    occurrence: int
    timeout_s: float | None
    group: str = ""
    leaks: Leaks = "warn"
    nested: bool = False
    loop_factory: str = ""
    may_rerun: bool = False
    plugin_timeout: PluginTimeout | None = None
    start: StartName = DEFAULT_START

    @property
    def path(self) -> str:
        """The test's file, relative to where pytest was started: another machine has that elsewhere."""
        return path_of(self.item)


class Selection:
    """The choice for every collected test, in collection order."""

    def __init__(self, items: list[pytest.Item], settings: Settings, others: OtherPlugins = NO_OTHER_PLUGINS) -> None:
        self.items = items
        self.isolated: dict[pytest.Item, IsolatedItem] = {}
        self.not_isolated: dict[pytest.Item, str] = {}
        self.others = others
        self._settings = settings
        #: Modules that must not be forked and were found after the header was written, and why.
        self.found_late: dict[str, str] = {}
        #: True if somebody has asked for forks by name: then they are made even where they are unsafe.
        self.forks_anyway = settings.start == "fork"
        self._of_groups: dict[str, dict[str, object]] = {}
        seen: Counter[str] = Counter()
        for item in items:
            choice = read_markers(item)
            reason = _why_not(item, choice, settings)
            self.forks_anyway = self.forks_anyway or choice.start == "fork"
            if reason is None:
                isolated = _isolated(item, seen[item.nodeid], choice, settings, others)
                self._check_group(isolated, choice)
                self.isolated[item] = isolated
            else:
                self.not_isolated[item] = reason
            seen[item.nodeid] += 1

    def by_key(self) -> dict[tuple[str, int], pytest.Item]:
        """Every test, isolated or not, by its node id and which one of those with that it is."""
        seen: Counter[str] = Counter()
        found: dict[tuple[str, int], pytest.Item] = {}
        for item in self.items:
            found[str(item.nodeid), seen[item.nodeid]] = item
            seen[item.nodeid] += 1
        return found

    def start_of(self, item: pytest.Item) -> StartName:
        """How a process comes to be that this test needs, isolated or not."""
        isolated = self.isolated.get(item)
        return _start(item, None, self._settings) if isolated is None else isolated.start

    def spawn_modules(self, unsafe: dict[str, str]) -> None:
        """The tests of these modules, too, are not to be forked, for these reasons, unless their markers say so."""
        self.found_late = unsafe
        not_fork_safe(self.items[0].session).update(unsafe)
        for item, isolated in self.isolated.items():
            start = _start(item, read_markers(item).start, self._settings)
            self.isolated[item] = replace(isolated, start=start)

    def _check_group(self, isolated: IsolatedItem, choice: MarkerChoice) -> None:
        if not isolated.group:
            return
        own: dict[str, object] = {"loop_factory": choice.loop_factory, "start": choice.start}
        of_the_group = self._of_groups.setdefault(isolated.group, own)
        for name, value in own.items():
            if value != of_the_group[name]:
                raise pytest.UsageError(
                    f"{isolated.item.nodeid}: @{MARKER_NAME} has {name}={value!r}, and shares the worker and the loop "
                    f"of {isolated.group} (scope={choice.scope!r}) with tests that have {name}={of_the_group[name]!r}; "
                    "allowed: one for the whole group"
                )


#: Where the plugin keeps that of a session.
SELECTION_KEY = pytest.StashKey[Selection]()


def isolated_node_ids(config: pytest.Config) -> frozenset[str]:
    """Those of the tests that run isolated, from when the test loop begins."""
    selection = config.stash.get(SELECTION_KEY, None)
    return frozenset() if selection is None else frozenset(item.nodeid for item in selection.isolated)


def path_of(item: pytest.Item) -> str:
    """The file of a test, relative to where pytest was started."""
    return os.path.relpath(item.path, item.config.invocation_params.dir)


def _isolated(
    item: pytest.Item, occurrence: int, choice: MarkerChoice, settings: Settings, others: OtherPlugins
) -> IsolatedItem:
    limit = None if settings.timeouts_off else choice.timeout or settings.timeout_s
    nested = choice.nested == "allow"
    factory = choice.loop_factory or settings.loop_factory
    if factory or nested:
        # Only now: what a run without a loop factory does not need, it does not import.
        from .loop_factory import check_loop_factory

        by_marker = choice.loop_factory is not None or nested
        asked_by = f"{item.nodeid}: @{MARKER_NAME}" if by_marker else "--isolated-loop-factory"
        check_loop_factory(factory or "asyncio.new_event_loop", nested, asked_by)
    name = factory if isinstance(factory, str) else ""
    leaks = choice.leaks or settings.leaks
    plugin_timeout = None if limit or settings.timeouts_off else others.timeout_of(item)
    may_rerun = others.may_rerun(item)
    return IsolatedItem(
        item,
        occurrence,
        limit,
        _group(item, choice),
        leaks,
        nested,
        name,
        may_rerun,
        plugin_timeout,
        _start(item, choice.start, settings),
    )


def _start(item: pytest.Item, of_marker: StartName | None, settings: Settings) -> StartName:
    if of_marker is not None:
        return of_marker
    if settings.start == "auto":
        return "spawn" if why_not_fork_safe(item) else DEFAULT_START
    return settings.start


def _group(item: pytest.Item, choice: MarkerChoice) -> str:
    if choice.scope is None or choice.scope == "function":
        return ""
    shared = item.getparent(pytest.Class if choice.scope == "class" else pytest.Module)
    return "" if shared is None else shared.nodeid


def _why_not(item: pytest.Item, choice: MarkerChoice, settings: Settings) -> str | None:
    if settings.mode == "off":
        return SWITCHED_OFF
    if choice.enabled is not None:
        return None if choice.enabled else OPTED_OUT
    if settings.mode == "all":
        return None
    if settings.mode == "async":
        return NOT_ASYNC if why_async(item) is None else None
    return NOT_MARKED
