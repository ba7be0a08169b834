"""All machines of a run: the local one and, with ``--isolated-loop-tx``, others. Which case runs where is decided here.

::

    case of a group whose worker waits --> the machine of that worker, when it has room
    any other case                     --> the machine with the most room, of those that are not lost

Guarantee: no machine ever has more cases than slots.
"""

from __future__ import annotations

import itertools
import selectors
from collections.abc import Collection, Iterable

from ..choice.selection import IsolatedItem
from .machine import Machine, MachineListener, MachineStart
from .step import Step
from .worker_handle import WorkerHandle
from .worker_pool import WorkerPool


class Machines:
    """Those of one session; the first of ``starts`` is the local one."""

    def __init__(
        self, starts: Iterable[MachineStart], selector: selectors.BaseSelector, listener: MachineListener
    ) -> None:
        numbers = itertools.count(1)
        self.all = [Machine(each, selector, listener, numbers) for each in starts]

    @property
    def slots(self) -> int:
        """Cases that may run at the same time, on all that are not lost."""
        return sum(each.slots for each in self._able())

    @property
    def local(self) -> Machine:
        """The one on which the host runs."""
        return self.all[0]

    @property
    def others(self) -> list[Machine]:
        """Those that the host reaches through a relay."""
        return self.all[1:]

    def of(self, worker: WorkerHandle) -> Machine:
        """The machine of a worker that is not gone."""
        return next(each for each in self.all if worker.number in each.pool)

    def choose(self, isolated: IsolatedItem, running: Collection[int]) -> Machine | None:
        """Where this case may run now, next to those of the workers of these numbers; None if it has to wait."""
        waiting = [each for each in self.all if each.pool.is_waiting_for(isolated)]
        chosen = max(waiting or self._able(), key=lambda each: each.room(running))
        return chosen if chosen.room(running) > 0 else None

    def _able(self) -> list[Machine]:
        # Where there is none at all, the local one knows why.
        return [each for each in self.all if each.zygote.failure is None] or [self.local]

    def signal(self, worker: WorkerHandle, step: Step) -> None:
        """Have a signal sent, unless the worker is gone."""
        for each in self.all:
            if worker.number in each.pool:
                each.zygote.signal(worker, step)

    def workers(self) -> list[WorkerHandle]:
        """Every worker that is not gone."""
        return [worker for each in self.all for worker in each.pool.all()]

    def pool_of(self, worker: WorkerHandle) -> WorkerPool:
        """The pool of a worker that is not gone."""
        return self.of(worker).pool

    def pause(self, worker: WorkerHandle) -> None:
        """Let what the worker sends wait where it is."""
        self.pool_of(worker).pause(worker)

    def resume(self, worker: WorkerHandle) -> None:
        """What the worker has sent was handed on: listen to it again, unless it is gone."""
        for each in self.all:
            each.pool.resume(worker)

    def take_parked(self, isolated: IsolatedItem) -> WorkerHandle | None:
        """The worker that waits for this very test; None if it has ended."""
        pools = [each.pool for each in self.all if each.pool.is_waiting_for(isolated)]
        return pools[0].take(isolated) if pools else None

    def broken_off(self) -> list[tuple[IsolatedItem, IsolatedItem]]:
        """Of each worker that waits for the next test of its group: the last one that it has run, and that next one."""
        return [pair for each in self.all for pair in each.pool.broken_off()]

    def dismiss_parked(self, others: list[WorkerHandle]) -> list[WorkerHandle]:
        """No further test comes: let those workers, and ``others``, tear down what they share, and leave."""
        leaving = [worker for each in self.all for worker in each.pool.dismiss_parked()]
        for worker in others:
            worker.dismiss()
        return [*leaving, *others]

    def is_control(self, fileobj: object) -> bool:
        """True for a socket through which a zygote speaks, or a relay."""
        return any(each.zygote.is_control(fileobj) for each in self.all)

    def check(self) -> None:
        """Give up on what does not get ready."""
        for each in self.all:
            each.zygote.check()

    def close(self) -> None:
        """End all zygotes, and with them every worker."""
        for each in self.all:
            each.zygote.hang_up()
        for each in self.all:
            each.zygote.close()
        for each in self.all:
            each.pool.close()
