"""Notices that a case is still running: every so many seconds it is asked where it stands, and goes on.

::

    case starts --slow_s--> ask --answer, or STACKS_GRACE_S--> tell --slow_s after the question--> ask ...
"""

from __future__ import annotations

from isolated_async_workers.wire.light_dataclass import dataclass

from .deadline import STACKS_GRACE_S


@dataclass(frozen=True, slots=True)
class SlowNotice:
    """A case that is still running.

    Attributes:
        seconds: since it has started.
        place: the line of the user's code where it stands or awaits; empty if nobody knows.
    """

    node_id: str
    stage: str
    seconds: float
    place: str

    def __str__(self) -> str:
        place = f" at {self.place}" if self.place else ""
        return f"slow: {self.node_id} has been running for {self.seconds:.3g} s, {self.stage} stands{place}"


class SlowWatch:
    """Counts one case; all times are in seconds of one monotonic clock."""

    def __init__(self, slow_s: float | None) -> None:
        self._slow_s = slow_s
        self._started = 0.0
        self._at: float | None = None
        self._is_asked = False

    @property
    def at(self) -> float | None:
        """When something is due, or None."""
        return self._at

    def start_stage(self, now: float) -> None:
        """A stage begins; the first one starts the case."""
        if self._at is None and self._slow_s is not None:
            self._started = now
            self._at = now + self._slow_s

    def stop(self) -> None:
        """There is nothing more to notice."""
        self._slow_s = self._at = None
        self._is_asked = False

    def ask_now(self, now: float) -> bool:
        """True if the case is to be asked now, once."""
        if self._at is None or now < self._at or self._is_asked:
            return False
        self._is_asked = True
        self._at = now + STACKS_GRACE_S
        return True

    def answer(self, now: float) -> None:
        """The case has answered."""
        if self._is_asked:
            self._at = now

    def tell_now(self, now: float) -> float | None:
        """For how many seconds the case has been running, if that is to be told now, once."""
        if self._slow_s is None or self._at is None or now < self._at or not self._is_asked:
            return None
        self._is_asked = False
        self._at = now + self._slow_s
        return now - self._started
