"""The deadline of one stage of a case, and what follows when it passes.

::

    stage runs --limit--> ask for stacks --answer--> interrupt --> interrupt again --> SIGTERM --> SIGKILL
                               |                     each: INTERRUPT_GRACE_S             ^  TERM_GRACE_S
                               `--no answer for STACKS_GRACE_S---------------------------'

Asking costs a healthy worker nothing; a worker that cannot run Python any more still dumps its threads by
faulthandler. A worker that answers can end the stage itself: then the case goes on with its teardown, which has a whole
limit of its own. SIGTERM goes to the whole process group first, so that child processes may clean up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..processes.step import ASK_FOR_STACKS, INTERRUPT, KILL, TERMINATE, Step

if TYPE_CHECKING:
    from ..choice.plugin_timeout import PluginTimeout

#: Seconds from a worker's last word to its end, its descendants included. What it said stays true if it needs more.
LEAVE_LIMIT_S = 10.0
#: Seconds in which a worker describes its tasks and threads: milliseconds when it is healthy, and a worker
#: that is stuck in C code never does. A machine may be busy: who is not heard has no teardown.
STACKS_GRACE_S = 1.0
#: Seconds in which a stage that was interrupted may clean up after itself.
INTERRUPT_GRACE_S = 2.0
#: Seconds between SIGTERM and SIGKILL: for child processes to let go of what they hold.
TERM_GRACE_S = 0.5


#: Each step, and the seconds after which the next one follows.
_FIRM: tuple[tuple[Step, float | None], ...] = ((TERMINATE, TERM_GRACE_S), (KILL, None))
_GENTLE = ((INTERRUPT, INTERRUPT_GRACE_S), (INTERRUPT, INTERRUPT_GRACE_S), *_FIRM)
_UNANSWERED = ((ASK_FOR_STACKS, STACKS_GRACE_S), *_FIRM)
_LEAVING = ((KILL, None),)


class StageDeadline:
    """Counts down one stage after another; all times are in seconds of one monotonic clock."""

    def __init__(self, limit_s: float | None) -> None:
        self._limit_s = limit_s
        #: Of the stage that is running, in seconds.
        self.current_limit_s = limit_s
        #: Where another plugin has set that limit.
        self.current_setting: PluginTimeout | None = None
        #: True once the limit of the stage that is running has passed.
        self.passed = False
        #: True once the worker was told to die.
        self.given_up = False
        self._at: float | None = None
        self._steps: Iterator[tuple[Step, float | None]] = iter(_UNANSWERED)
        self._is_asked = False

    @property
    def at(self) -> float | None:
        """When the next step is due, or None."""
        return self._at

    def expect_start(self, now: float, limit_s: float) -> None:
        """The worker exists and has its case: it must begin in ``limit_s`` seconds, whatever its own limit is."""
        self.current_limit_s = limit_s
        self._at = now + limit_s

    def start_stage(self, now: float, stage: str = "") -> None:
        """``stage`` begins: its limit counts from ``now``."""
        self._begin(_UNANSWERED)
        self.current_limit_s = self._limit_s
        self._at = None if self._limit_s is None else now + self._limit_s

    def wind_up(self, now: float) -> None:
        """Of this stage only the worker's own work is left, which has limits of its own."""
        self._begin(_UNANSWERED)
        self.current_limit_s = LEAVE_LIMIT_S
        self._at = now + LEAVE_LIMIT_S

    def expect_end(self, now: float) -> None:
        """The stage, or the case, has ended: the next one must begin soon, or the worker leave."""
        self._begin(_LEAVING)
        self._at = now + LEAVE_LIMIT_S

    def postpone(self, seconds: float) -> None:
        """Do not count ``seconds`` during which nobody listened to the worker."""
        if self._at is not None:
            self._at += seconds

    def stacks_arrived(self, now: float) -> None:
        """The worker answered: it runs Python, and can end the stage itself."""
        if self._is_asked:
            self._is_asked = False
            self._steps = iter(_GENTLE)
            self._at = now

    def due(self, now: float) -> Step | None:
        """The step to take now, each once; None if none is due."""
        if self._at is None or now < self._at:
            return None
        self.passed = True
        step, grace = next(self._steps)
        self._is_asked = step is ASK_FOR_STACKS
        self.given_up = step in (TERMINATE, KILL)
        self._at = None if grace is None else now + grace
        return step

    def _begin(self, steps: tuple[tuple[Step, float | None], ...]) -> None:
        self.passed = False
        self.current_setting = None
        self._is_asked = False
        self._steps = iter(steps)
