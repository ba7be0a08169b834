"""Keeps the time of everything that the dispatcher follows: cases, and the processes of shared fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .case import Case
from .deadline import ASK_FOR_STACKS, Step
from .shared_instance import SharedInstance
from .slow import SlowNotice
from .worker_handle import WorkerHandle

#: What has a worker, and deadlines.
Followed = Case | SharedInstance


def postpone(followed: Iterable[Followed], seconds: float) -> None:
    """Do not count these seconds, in which nobody listened."""
    for each in followed:
        each.deadline.postpone(seconds)


def due_times(followed: Iterable[Followed]) -> list[float]:
    """When something is to be done about them."""
    return [at for each in followed for at in (each.deadline.at, each.slow.at) if at is not None]


def check_time(
    each: Followed, now: float, signal: Callable[[WorkerHandle, Step], None], on_slow: Callable[[SlowNotice], None]
) -> None:
    """Do what is due now: send signals, tell that a case is slow."""
    assert each.worker is not None
    step = each.deadline.due(now)
    if step is not None:
        each.time_out()
        signal(each.worker, step)
    if each.slow.ask_now(now):
        signal(each.worker, ASK_FOR_STACKS)
    notice = each.slow_notice(now)
    if notice is not None:
        on_slow(notice)
