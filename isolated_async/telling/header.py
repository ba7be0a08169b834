"""What the terminal says after collection: what is isolated, how, and what is not and why."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from isolated_async_workers.wire.system import why_unsupported

from ..choice.import_state import why_not_fork_safe
from ..choice.options import Settings
from ..choice.selection import NOT_MARKED, Selection
from ..processes.import_path import standard_library_first

#: With -v, at most this many tests are named for each reason; -vv names all of them.
_NAMED_TESTS = 5


def describe_selection(config: pytest.Config, selection: Selection, settings: Settings) -> list[str]:
    """Lines for the header; none where nobody asked for isolation."""
    reasons: dict[str, list[str]] = {}
    for item, reason in selection.not_isolated.items():
        reasons.setdefault(reason, []).append(item.nodeid)
    if not selection.isolated and set(reasons) <= {NOT_MARKED}:
        return []
    if selection.isolated and (problem := why_unsupported()):
        raise pytest.UsageError(problem)
    verbosity = config.get_verbosity()
    lines = [_summary(selection, settings)]
    forked = any(isolated.start == "fork" for isolated in selection.isolated.values())
    if forked and (why := _why_fresh_zygote()):
        lines.append(f"isolated-loop: workers fork from a fresh interpreter that collects by itself: {why}")
    lines += _not_forked(selection)
    if selection.isolated:
        lines += _differences(config, selection, settings)
        if option := settings.machines_unused:
            lines.append(f"isolated-loop: every test runs on this machine: a debugger needs its terminal ({option})")
    for reason, node_ids in reasons.items():
        lines.append(f"isolated-loop: not isolated: {len(node_ids)} ({reason})")
        if verbosity > 0:
            lines.extend(f"    {line}" for line in _named(node_ids, verbosity))
    return lines


def _summary(selection: Selection, settings: Settings) -> str:
    count = f"{len(selection.isolated)} of {len(selection.items)} tests isolated (mode {settings.mode})"
    if not selection.isolated:
        return f"isolated-loop: {count}"
    workers = f"{settings.workers} worker{'' if settings.workers == 1 else 's'} at a time"
    limit = "" if settings.timeout_s is None else f", {settings.timeout_s:g} s per stage"
    others = "".join(f" + {each.slots} on {each.name}" for each in settings.machines if each.slots)
    return f"isolated-loop: {count}, {workers}{others}, start method {_start_methods(selection)}{limit}"


def _start_methods(selection: Selection) -> str:
    spawned = sum(isolated.start == "spawn" for isolated in selection.isolated.values())
    if spawned in (0, len(selection.isolated)):
        return "spawn" if spawned else "fork"
    return f"fork ({spawned} of them spawned)"


def _not_forked(selection: Selection) -> list[str]:
    reasons: dict[str, str] = {}
    for item, isolated in selection.isolated.items():
        module = item.getparent(pytest.Module)
        if isolated.start == "spawn" and module is not None and (reason := why_not_fork_safe(item)):
            reasons[module.nodeid] = reason
    return [f"isolated-loop: {module} is not forked, its import leaves {why}" for module, why in reasons.items()]


def _why_fresh_zygote() -> str | None:
    # Imported here: a run that isolates nothing never asks.
    with standard_library_first():
        from ..processes.launch import why_not_fork

    return why_not_fork()


def _differences(config: pytest.Config, selection: Selection, settings: Settings) -> list[str]:
    # Imported here: a run that isolates nothing has none.
    with standard_library_first():
        from ..plugins.differences import describe_differences

    return [f"isolated-loop: {line}" for line in describe_differences(config, selection, settings)]


def _named(node_ids: list[str], verbosity: int) -> Iterable[str]:
    if verbosity > 1 or len(node_ids) <= _NAMED_TESTS:
        return node_ids
    return [*node_ids[:_NAMED_TESTS], f"... and {len(node_ids) - _NAMED_TESTS} more (-vv names them)"]
