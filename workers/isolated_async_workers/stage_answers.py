"""What a worker answers while a stage runs: where does it stand?, and: its time is up.

::

    host --DUMP_SIGNAL------> StacksDumped, over the channel --> host
    host --INTERRUPT_SIGNAL-> the stage that was asked about is broken off (loop/interruption.py)

Both handlers run in the main thread, wherever that stands in the test's code.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from . import stacks, system
from .loop.blocked_loop import explain_blocked_loop
from .loop.case_loop import CaseLoop
from .loop.interruption import Interruption
from .loop.unwoken_loop import explain_unwoken_loop
from .reserved_descriptors import CRASH
from .result_channel import ResultChannel
from .wire.messages import StacksDumped
from .wire.shared_page import SharedPage


class StageAnswers:
    """Answers over ``channel``; ``save`` is called before, since the worker may have to be killed."""

    def __init__(
        self, channel: ResultChannel, case_loop: CaseLoop, interruption: Interruption, save: Callable[[], None]
    ) -> None:
        self._channel = channel
        self._case_loop = case_loop
        self._interruption = interruption
        self._save = save
        # What the handler that dumps the stacks has interrupted, while it runs.
        self._dumping: object = None

    def begin(self, page: SharedPage) -> None:
        """From here on the host may ask."""
        system.answer_when_asked(page, self._dump_stacks, self._interrupt, CRASH)

    def _dump_stacks(self, signal_number: int, frame: object) -> None:
        self._dumping = frame
        self._interruption.stage_is_asked_about()
        answer = self._describe(frame)
        self._save()
        self._channel.send_from_signal_handler(answer)
        self._dumping = None

    def _describe(self, frame: object) -> StacksDumped:
        try:
            why = explain_blocked_loop(frame) or explain_unwoken_loop(frame)
            place = stacks.place(frame, self._case_loop)
            return StacksDumped(why, place, stacks.tasks_and_threads(frame, self._case_loop.known_loops()))
        except Exception as error:  # noqa: BLE001 - from here it would fail the test, whatever that has replaced
            return StacksDumped("", "", f"its tasks and threads cannot be told: {type(error).__name__}: {error}\n")

    def _interrupt(self, signal_number: int, frame: object) -> None:
        # The answer may bring the interruption while the handler above still runs.
        frame, self._dumping = self._dumping or frame, None
        self._channel.call_from_signal_handler(partial(self._interruption.interrupt, frame))
