"""The deadline of a test whose stages share one limit, or of which only the call has one: that of pytest-timeout.

::

    setup ---- call ---- teardown          each stage: what is left of the limit
            `- time is up: interrupted --> teardown with a whole limit of its own
"""

from __future__ import annotations

from ..choice.plugin_timeout import PluginTimeout
from ..processes.step import Step
from .deadline import StageDeadline


class ItemDeadline(StageDeadline):
    """Counts down from the first stage that has a limit; times as in :class:`StageDeadline`."""

    def __init__(self, timeout: PluginTimeout) -> None:
        super().__init__(None)
        self._timeout = timeout
        self._ends: float | None = None
        self._is_used_up = False

    def start_stage(self, now: float, stage: str = "") -> None:
        """A new stage begins: it has what is left, or a whole limit if an earlier one has used up everything."""
        super().start_stage(now)
        if self._timeout.call_only and stage != "call":
            return
        if self._ends is None or self._is_used_up:
            self._ends = now + self._timeout.seconds
        self._at = self._ends
        self.current_limit_s = self._timeout.seconds
        self.current_setting = self._timeout

    def due(self, now: float) -> Step | None:
        """The step to take now, each once; None if none is due."""
        step = super().due(now)
        self._is_used_up = self._is_used_up or (step is not None and self.current_setting is not None)
        return step

    def postpone(self, seconds: float) -> None:
        """Do not count ``seconds`` during which nobody listened to the worker."""
        super().postpone(seconds)
        if self._ends is not None:
            self._ends += seconds
