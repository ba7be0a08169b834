"""Ends a stage whose time is up, from within, so that the teardown still runs.

::

    INTERRUPT_SIGNAL, the first --> the loop waits: cancel the task that it is run for
                                `-> anything else: raise right there
    and any further one         --> raise right there: out of the loop, if that waits

"Right there" is wherever the main thread stands, as for KeyboardInterrupt. Outside a stage nothing is interrupted, and
no stage is that has begun since the host has asked where it stands.
A teardown goes on with its next finalizer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator

from .blocked_loop import explain_blocked_loop
from .case_loop import CaseLoop

TIME_IS_UP = "the time of this stage is up"


class Interruption:
    """Interrupts what runs in one worker: the stages of its cases, or the call of a function."""

    def __init__(
        self, case_loop: CaseLoop, on_interruption: Callable[[], None], raised: Callable[[str], BaseException]
    ) -> None:
        """``raised`` makes what is raised, of a text. No ``Exception``, which code that tries again would catch."""
        self._case_loop = case_loop
        self._raised = raised
        self._on_interruption = on_interruption
        self._stage = self._last_stage = ""
        self._number = self._asked_about = 0
        self._has_cancelled = False
        #: True once a stage was interrupted: what it left may be in any state.
        self.has_happened = False

    @contextlib.contextmanager
    def allowed(self, stage: str) -> Iterator[None]:
        """While it is open, this stage, or a part of it, runs and may be interrupted."""
        if stage != self._last_stage:
            self._number += 1
        self._stage, self._last_stage, self._has_cancelled = stage, stage, False
        try:
            yield
        finally:
            self._stage = ""

    def stage_is_asked_about(self) -> None:
        """The host wants to know where this stage stands; it may interrupt it then, and no other."""
        self._asked_about = self._number

    def interrupt(self, frame: object) -> None:
        """Interrupt the stage; to be called from a signal handler that has interrupted ``frame``.

        Raises:
            BaseException: what ``raised`` makes; there is no task that could be cancelled, or that has not helped.
        """
        if not self._stage or self._asked_about != self._number:
            return
        self.has_happened = True
        self._on_interruption()
        loop = asyncio._get_running_loop()
        if loop is not None and not explain_blocked_loop(frame):
            if not self._has_cancelled and self._cancel(loop):
                self._has_cancelled = True
                return
            # The task stays where it is, in the middle of the stage: finalizers need another one.
            self._case_loop.abandon_task(loop)
        raise self._raised(TIME_IS_UP)

    def _cancel(self, loop: asyncio.AbstractEventLoop) -> bool:
        if self._case_loop.cancel_part(loop, self._raised(TIME_IS_UP)):
            return True
        # In a teardown the cancellation of a task that is not ours would keep pytest from the other finalizers.
        return self._stage != "teardown" and self._case_loop.cancel_what_runs(loop)
