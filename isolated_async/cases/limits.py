"""How much a session does at the same time, and ahead."""

from __future__ import annotations

from collections import Counter

from isolated_async_workers.wire.light_dataclass import dataclass

from ..choice.start import StartName


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a dispatcher.

    Attributes:
        ahead: cases that have been started and not been asked for.
        total: all cases of the session, by their start methods.
        slow_s: seconds after which a running case is called slow; None for never.
    """

    ahead: int
    total: Counter[StartName]
    slow_s: float | None
