"""The deadline of one stage of a case, and what follows when it passes.

::

    stage runs --limit--> ask for stacks --STACKS_GRACE_S--> SIGTERM --TERM_GRACE_S--> SIGKILL

Asking costs a healthy worker nothing; a worker that cannot run Python any more still dumps its threads by
faulthandler. SIGTERM goes to the whole process group first, so that child processes may clean up.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass

from isolated_async_workers.wire.signals import DUMP_SIGNAL

#: Seconds from the fork to the begin of setup. It takes milliseconds, and no code of the test runs in it.
START_LIMIT_S = 60.0
#: Seconds from a worker's last word to its end, its descendants included. What it said stays true if it needs more.
LEAVE_LIMIT_S = 10.0
#: Seconds in which a worker describes its tasks and threads: milliseconds when it is healthy, and a worker
#: that is stuck in C code never does.
STACKS_GRACE_S = 0.5
#: Seconds between SIGTERM and SIGKILL: for child processes to let go of what they hold.
TERM_GRACE_S = 0.5


@dataclass(frozen=True, slots=True)
class Step:
    """A signal to send, and whether to the worker alone or to its whole process group."""

    signal: int
    whole_group: bool


ASK_FOR_STACKS = Step(DUMP_SIGNAL, whole_group=False)
TERMINATE = Step(signal.SIGTERM, whole_group=True)
KILL = Step(signal.SIGKILL, whole_group=True)

_NEXT = {ASK_FOR_STACKS: (STACKS_GRACE_S, TERMINATE), TERMINATE: (TERM_GRACE_S, KILL)}


class StageDeadline:
    """Counts down one stage after another; all times are in seconds of one monotonic clock."""

    def __init__(self, limit_s: float | None) -> None:
        self._limit_s = limit_s
        #: Of the stage that is running, in seconds.
        self.current_limit_s = limit_s
        #: True once a limit has passed.
        self.passed = False
        self._at: float | None = None
        self._step = ASK_FOR_STACKS

    @property
    def at(self) -> float | None:
        """When the next step is due, or None."""
        return self._at

    def expect_start(self, now: float) -> None:
        """The worker exists and has its case: it must begin soon, whatever the test's own limit is."""
        self.current_limit_s = START_LIMIT_S
        self._at = now + START_LIMIT_S

    def start_stage(self, now: float) -> None:
        """A new stage begins: its limit counts from ``now``."""
        self.current_limit_s = self._limit_s
        self._at = None if self._limit_s is None else now + self._limit_s

    def expect_end(self, now: float) -> None:
        """The worker has said its last word: it must leave soon."""
        if not self.passed:
            self._at = now + LEAVE_LIMIT_S
            self._step = KILL

    def postpone(self, seconds: float) -> None:
        """Do not count ``seconds`` during which nobody listened to the worker."""
        if self._at is not None:
            self._at += seconds

    def stacks_arrived(self, now: float) -> None:
        """The worker answered; there is nothing left to wait for."""
        if self.passed and self._step is TERMINATE:
            self._at = now

    def due(self, now: float) -> Step | None:
        """The step to take now, each once; None if none is due."""
        if self._at is None or now < self._at:
            return None
        step = self._step
        self.passed = True
        self._at = None
        if step in _NEXT:
            grace, self._step = _NEXT[step]
            self._at = now + grace
        return step
