"""The steps that follow when a stage runs out of time, on a clock of our own."""

from __future__ import annotations

from isolated_async.endings.deadline import (
    INTERRUPT_GRACE_S,
    LEAVE_LIMIT_S,
    STACKS_GRACE_S,
    TERM_GRACE_S,
    StageDeadline,
)
from isolated_async.processes.start_method import FORK_LIMIT_S
from isolated_async.processes.step import ASK_FOR_STACKS, INTERRUPT, KILL, TERMINATE


def test_limits_are_in_order() -> None:
    assert 0 < STACKS_GRACE_S + TERM_GRACE_S < INTERRUPT_GRACE_S < LEAVE_LIMIT_S < FORK_LIMIT_S


def test_each_step_once_and_in_order() -> None:
    deadline = StageDeadline(5)
    assert deadline.at is None
    deadline.start_stage(100)
    assert (deadline.due(104.9), deadline.passed) == (None, False)
    assert (deadline.due(105), deadline.passed) == (ASK_FOR_STACKS, True)
    assert deadline.due(105) is None
    assert deadline.due(105 + STACKS_GRACE_S) == TERMINATE
    assert deadline.due(105 + STACKS_GRACE_S) is None
    assert deadline.due(105 + STACKS_GRACE_S + TERM_GRACE_S) == KILL
    assert deadline.due(1000) is None


def test_a_worker_that_answers_is_asked_to_end_the_stage_itself() -> None:
    deadline = StageDeadline(5)
    deadline.start_stage(0)
    deadline.stacks_arrived(1)
    assert deadline.due(4) is None
    assert deadline.due(5) == ASK_FOR_STACKS
    deadline.stacks_arrived(5.1)
    assert deadline.due(5.1) == INTERRUPT
    deadline.stacks_arrived(5.2)
    assert deadline.due(5.2) is None
    at = 5.1 + INTERRUPT_GRACE_S
    assert deadline.due(at) == INTERRUPT
    at += INTERRUPT_GRACE_S
    assert (deadline.due(at - 0.01), deadline.due(at)) == (None, TERMINATE)
    assert deadline.due(at + TERM_GRACE_S) == KILL


def test_the_stage_after_one_that_was_ended_has_its_own_limit() -> None:
    deadline = StageDeadline(5)
    deadline.start_stage(0)
    assert deadline.due(5) == ASK_FOR_STACKS
    deadline.stacks_arrived(5)
    assert deadline.due(5) == INTERRUPT
    deadline.expect_end(6)
    assert (deadline.passed, deadline.due(6 + INTERRUPT_GRACE_S)) == (False, None)
    deadline.start_stage(7)
    assert (deadline.due(11.9), deadline.passed) == (None, False)
    assert deadline.due(12) == ASK_FOR_STACKS


def test_a_worker_that_does_not_leave_is_killed() -> None:
    deadline = StageDeadline(5)
    deadline.start_stage(0)
    deadline.expect_end(1)
    assert deadline.due(LEAVE_LIMIT_S) is None
    assert deadline.due(1 + LEAVE_LIMIT_S) == KILL
    assert deadline.due(1e9) is None


def test_every_stage_has_the_whole_limit() -> None:
    deadline = StageDeadline(5)
    deadline.start_stage(0)
    deadline.start_stage(4)
    assert deadline.due(8.9) is None
    assert deadline.due(9) == ASK_FOR_STACKS


def test_no_limit() -> None:
    deadline = StageDeadline(None)
    deadline.start_stage(0)
    assert deadline.at is None
    assert deadline.due(1e9) is None


def test_a_worker_that_never_begins() -> None:
    deadline = StageDeadline(None)
    deadline.expect_start(10, FORK_LIMIT_S)
    assert deadline.current_limit_s == FORK_LIMIT_S
    assert deadline.due(10 + FORK_LIMIT_S) == ASK_FOR_STACKS
    begun = StageDeadline(None)
    begun.expect_start(10, FORK_LIMIT_S)
    begun.start_stage(11)
    assert begun.due(1e9) is None


def test_time_in_which_nobody_listened_does_not_count() -> None:
    deadline = StageDeadline(5)
    deadline.postpone(3)
    assert deadline.at is None
    deadline.start_stage(0)
    deadline.postpone(3)
    assert deadline.due(7.9) is None
    assert deadline.due(8) == ASK_FOR_STACKS
