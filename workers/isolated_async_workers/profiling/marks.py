"""What one worker has measured of itself and not told yet."""

from __future__ import annotations

from typing import Any

from .. import untouched
from ..wire.messages import StagesMeasured
from ..wire.system import usage_clock


class Marks:
    """Made before any test runs: the clocks are out of reach of what a test patches."""

    def __init__(self) -> None:
        self._usage = usage_clock(with_children=True)
        self._begun: list[list[Any]] = []

    def begin(self, stage: str) -> None:
        """From here on it is this stage, until the next one begins."""
        self._begun.append([stage, untouched.monotonic(), *self._usage()])

    def take(self) -> StagesMeasured:
        """What has begun since the last time."""
        begun, self._begun = self._begun, []
        return StagesMeasured(begun)
