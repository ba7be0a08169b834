"""How much a session does at the same time, and ahead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a dispatcher.

    Attributes:
        ahead: cases that have been started and not been asked for.
        total: all cases of the session.
        slow_s: seconds after which a running case is called slow; None for never.
    """

    ahead: int
    total: int
    slow_s: float | None
