"""Whose turn it is to be reported, and who has to wait with what it says until then.

::

    worker --socket, pipes--> kept for the turn of its case --more than MAX_HELD_BYTES--> paused: left in the socket,
                                                                                         until the worker waits too

The case at its turn hands on what it says as it says it, and is never paused.
"""

from __future__ import annotations

from collections.abc import Iterable

from .. import clock
from ..processes.machines import Machines
from ..processes.worker_handle import WorkerHandle
from .case import Case

#: What a case that waits for its turn may have said before it has to wait: more than nearly any test says.
MAX_HELD_BYTES = 1024 * 1024


class Turns:
    """Pauses workers and lets them go on."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines
        #: Whose events are handed out now; None if nobody's are, and everybody may speak.
        self.current: Case | None = None

    def hold_back(self, worker: WorkerHandle, case: Case) -> None:
        """The case has said something: if that is too much, it waits for its turn."""
        if worker.held > MAX_HELD_BYTES and self.current not in (None, case):
            self._machines.pause(worker)

    def running(self, cases: Iterable[Case]) -> list[tuple[str, float]]:
        """The node id of each of these that runs, and for how many seconds; the one whose turn it is first."""
        now = clock.now()
        in_order = sorted(cases, key=lambda case: case is not self.current)
        return [(str(case.isolated.item.nodeid), now - case.began) for case in in_order if case.began is not None]

    def let_go_on(self, cases: Iterable[Case]) -> None:
        """What these have said was handed on, or must be heard."""
        for case in cases:
            if case.worker is not None:
                self._machines.resume(case.worker)
