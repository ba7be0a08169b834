"""What importing a test module did to the event loop policy, noted on the session.

A policy is global to the process, so without a note nobody could tell afterwards which module has set it. The worker
side reads the notes (``isolated_async_workers/loop/import_state.py``): there, each module's policy stays with its own
tests.
"""

from __future__ import annotations

import sys

import pytest

from isolated_async_workers.wire.policy_notes import POLICY_NOTES


def current_policy() -> object:
    """The policy that was set, or None; nothing is imported or made for the question."""
    return getattr(sys.modules.get("asyncio.events"), "_event_loop_policy", None)


def note_policy(collector: pytest.Collector, before: object) -> None:
    """Note that ``collector`` has been collected, and that ``before`` was the policy until then."""
    after = current_policy()
    if after is not before and isinstance(collector, pytest.Module):
        notes: dict[str, tuple[object, object]] = vars(collector.session).setdefault(POLICY_NOTES, {})
        notes[collector.nodeid] = before, after
