"""What importing a test module did to this process, noted on the session.

A policy is global to the process, so without a note nobody could tell afterwards which module has set it. The worker
side reads the notes (``isolated_async_workers/loop/import_state.py``): there, each module's policy stays with its own
tests. What a fork would break (threads, child processes, ...) is noted too: the tests of such a module are spawned.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from isolated_async_workers.wire.fork_safety import FORK_SAFETY_NOTES, left_since, traces
from isolated_async_workers.wire.policy_notes import POLICY_NOTES


@contextmanager
def noting_what_is_left(collector: pytest.Collector) -> Iterator[None]:
    """Around the collection of ``collector``: if that is a module, note what its import does."""
    if not isinstance(collector, pytest.Module):
        yield
        return
    policy, before = _current_policy(), traces()
    try:
        yield
    finally:
        if (after := _current_policy()) is not policy:
            policies: dict[str, tuple[object, object]] = vars(collector.session).setdefault(POLICY_NOTES, {})
            policies[collector.nodeid] = policy, after
        if left := left_since(before):
            not_fork_safe(collector.session)[collector.nodeid] = left


def why_not_fork_safe(item: pytest.Item) -> str:
    """What the import of this test's module has left that a fork would break; empty if nothing."""
    unsafe = not_fork_safe(item.session)
    module = item.getparent(pytest.Module) if unsafe else None
    return "" if module is None else unsafe.get(module.nodeid, "")


def not_fork_safe(session: pytest.Session) -> dict[str, str]:
    """The modules that must not be forked, by their node ids, and what their imports have left."""
    notes: dict[str, str] = vars(session).setdefault(FORK_SAFETY_NOTES, {})
    return notes


def _current_policy() -> object:
    """The policy that was set, or None; nothing is imported or made for the question."""
    return getattr(sys.modules.get("asyncio.events"), "_event_loop_policy", None)
