"""Keeps the time of everything that the dispatcher follows: cases, and the processes of shared fixtures.

::

    wait for what they say, until something is due --> the dispatcher takes it in --> do what is due now
"""

from __future__ import annotations

import selectors
from collections.abc import Callable, Iterable

from .. import clock
from ..processes.step import LOOK, Step
from ..processes.worker_handle import WorkerHandle
from ..shared.instance import SharedInstance
from ..terminal.user_terminal import UserTerminal
from .case import Case

#: Seconds after which a waiting host looks around even if nothing happened.
_HEARTBEAT_S = 1.0
#: The same while there are files to look at, in which a worker's live output comes.
_LOOK_AT_FILES_S = 0.05
#: Seconds by which a wait may be late on a busy machine. When it is later, this process was stopped (Ctrl-Z).
_LATE_S = 0.5

#: What has a worker, and deadlines.
Followed = Case | SharedInstance


class Timekeeper:
    """Waits, and keeps deadlines; time in which nobody listened does not count."""

    def __init__(
        self,
        selector: selectors.BaseSelector,
        signal: Callable[[WorkerHandle, Step], None],
        terminal: UserTerminal,
    ) -> None:
        self._selector = selector
        self._signal = signal
        self._terminal = terminal
        self._began = self._listened_until = clock.now()
        self._paused: list[Followed] = []

    def wait(self, followed: list[Followed]) -> list[selectors.SelectorKey]:
        """What is ready, after a bounded time."""
        now = self._began = clock.now()
        # While the host ran tests of its own, a worker may have waited for it.
        _postpone(followed, now - self._listened_until)
        self._paused = [each for each in followed if _has_to_wait(each)]
        going_on = [each for each in followed if each not in self._paused]
        due = [at for each in going_on for at in (each.deadline.at, each.slow.at) if at is not None]
        looks_at_files = any(each.worker is not None and each.worker.files.has_live_files for each in going_on)
        longest = _LOOK_AT_FILES_S if looks_at_files else _HEARTBEAT_S
        wait = max(0.0, min([longest, *(at - now for at in due)]))
        ready = [key for key, _ in self._selector.select(wait)]
        late = clock.now() - now - wait
        if late > _LATE_S:
            _postpone(followed, late)
        return ready

    def listened(self) -> None:
        """What was ready has been taken in: those that had to wait have waited so long."""
        self._listened_until = clock.now()
        _postpone(self._paused, self._listened_until - self._began)

    def check(self, followed: list[Followed]) -> None:
        """Do what is due now: send signals, tell that a case is slow."""
        for each in followed:
            assert each.worker is not None
            now = clock.now()
            if (step := each.deadline.due(now)) is not None:
                each.time_out()
                self._signal(each.worker, step)
            if each.slow.ask_now(now):
                self._signal(each.worker, LOOK)
            if (notice := each.slow_notice(now)) is not None:
                self._terminal.tell_slow(notice)


def _postpone(followed: Iterable[Followed], seconds: float) -> None:
    for each in followed:
        each.deadline.postpone(seconds)


def _has_to_wait(each: Followed) -> bool:
    return each.is_waiting or (each.worker is not None and each.worker.is_paused)
