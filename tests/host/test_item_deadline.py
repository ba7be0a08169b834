"""The deadline of a test whose stages share one limit: what is left of it, and what follows when it has passed."""

from __future__ import annotations

from isolated_async.choice.plugin_timeout import PluginTimeout
from isolated_async.endings.item_deadline import ItemDeadline
from isolated_async.processes.step import ASK_FOR_STACKS

WHOLE = PluginTimeout(5, call_only=False, given_by="--timeout")
CALL = PluginTimeout(5, call_only=True, given_by="--timeout")


def test_the_stages_share_it() -> None:
    deadline = ItemDeadline(WHOLE)
    deadline.start_stage(10, "setup")
    deadline.start_stage(13, "call")
    assert (deadline.at, deadline.current_limit_s, deadline.current_setting) == (15, 5, WHOLE)
    # The host ran a test of its own meanwhile.
    deadline.postpone(2)
    assert deadline.due(16.9) is None
    assert deadline.due(17) == ASK_FOR_STACKS


def test_the_teardown_has_a_whole_limit_after_it_has_passed() -> None:
    deadline = ItemDeadline(WHOLE)
    deadline.start_stage(10, "call")
    assert deadline.due(15) == ASK_FOR_STACKS
    deadline.expect_end(16)
    assert deadline.current_setting is None  # What follows is a limit of ours.
    deadline.start_stage(17, "teardown")
    assert deadline.at == 22


def test_only_the_call_has_it() -> None:
    deadline = ItemDeadline(CALL)
    deadline.start_stage(10, "setup")
    assert (deadline.at, deadline.current_setting) == (None, None)
    deadline.start_stage(20, "call")
    assert (deadline.at, deadline.current_setting) == (25, CALL)
    deadline.start_stage(24, "teardown")
    assert deadline.at is None


def test_winding_up_is_no_part_of_it() -> None:
    deadline = ItemDeadline(WHOLE)
    deadline.start_stage(10, "teardown")
    deadline.wind_up(14)
    assert deadline.current_setting is None
    assert deadline.at is not None
    assert deadline.at > 15
