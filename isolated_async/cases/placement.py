"""Which worker has which case, and which cases wait for one.

::

    case --find--> a worker of the machine that has room --leave--> gone, or in another case
             |        `--let_leave--> over, and its place free: the worker only leaves
             |---> homeless: its machine was lost, and no other has room
             `--worker_gone--> ended with it, or to be placed once more

Guarantees: no more cases run than there are slots, and no more workers leave beside them; a case whose worker goes
before the case has begun gets another one, once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from isolated_async_workers.wire.messages import WorkerExited

from .. import clock
from ..choice.selection import IsolatedItem
from ..endings.verdict import CouldNotStart
from ..processes.machines import Machines
from ..processes.worker_handle import WorkerHandle
from .case import Case


class Placement:
    """Of the cases of one session on these ``machines``."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines
        #: By the numbers of their workers.
        self._running: dict[int, Case] = {}
        self._leaving: dict[int, Case] = {}
        #: Started, and without a worker since their machine was lost.
        self._homeless: deque[Case] = deque()

    def running(self) -> Collection[Case]:
        """Those that have a worker, and a place."""
        return self._running.values()

    def leaving(self) -> Collection[Case]:
        """Those that are over, but for the end of their workers."""
        return self._leaving.values()

    def case_of(self, worker: WorkerHandle) -> Case | None:
        """What this worker runs."""
        return self._running.get(worker.number)

    def have_room(self) -> bool:
        """True if a further case may run somewhere."""
        return len(self._running) < self._machines.slots

    def have_room_for(self, isolated: IsolatedItem) -> bool:
        """True if this very test may run now."""
        return self._machines.choose(isolated, self._running) is not None

    def is_homeless(self, case: Case) -> bool:
        """True for one that waits for room."""
        return case in self._homeless

    def next_homeless(self) -> Case | None:
        """One for which there is room now; it waits no more."""
        return self._homeless.popleft() if self._homeless and self.have_room_for(self._homeless[0].isolated) else None

    def find(self, case: Case) -> None:
        """Give the case a worker, or let it wait for room, or end it if there can be no worker."""
        machine = self._machines.choose(case.isolated, self._running)
        if machine is None:
            self._homeless.append(case)
            return
        if machine.zygote.failure is not None:
            _fail_to_start(case, machine.zygote.failure)
            return
        try:
            worker = machine.pool.take(case.isolated)
        except OSError as error:
            _fail_to_start(case, f"this process has no descriptors for a worker: {error.strerror}")
            return
        self.put(case, worker).send(case.request)
        case.expect_start(clock.now())

    def put(self, case: Case, worker: WorkerHandle) -> WorkerHandle:
        """This worker runs the case."""
        self._running[worker.number], case.worker = case, worker
        return worker

    def let_leave(self, worker: WorkerHandle) -> None:
        """Its case is over, and the worker holds nothing: its place and its slot are free, if not too many leave."""
        if len(self._leaving) < self._machines.slots:
            self._leaving[worker.number] = self._running.pop(worker.number)
            worker.slot = -1

    def leave(self, worker: WorkerHandle) -> Case | None:
        """The worker is gone, or does something else: the case that it had, if that is not over."""
        self._leaving.pop(worker.number, None)
        return self._running.pop(worker.number, None)

    def worker_gone(self, worker: WorkerHandle, status: WorkerExited | None) -> Case | None:
        """The case that it had has ended with it; or needs another worker, and is returned."""
        case = self.leave(worker)
        machine = self._machines.of(worker)
        # By whom or what it was ended, the case that it has just got has no part in it.
        is_blameless = status is None or status.signal is not None or worker.has_run
        again = None
        if case is not None and is_blameless and case.may_be_tried_again:
            # What kills workers may do so again, but a machine is lost once.
            case.worker, case.has_another_try = None, machine.zygote.failure is not None
            again = case
        elif case is not None:
            case.worker_exited(status, was_here=machine.is_local)
        machine.pool.forget(worker)
        return again


def _fail_to_start(case: Case, reason: str) -> None:
    case.conclude(CouldNotStart(reason))
    case.worker_exited(None)
