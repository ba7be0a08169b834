"""One machine on which cases run: what forks workers there, the workers that exist there, and how many may run.

::

    dispatcher --> Machine --> ZygoteWatch ==> zygote, here              (the local one)
                      |            `=========> relay --> zygote, there   (see remote/)
                      `--> WorkerPool
"""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.messages import (
    CaseFinished,
    CoverageMeasured,
    Message,
    WorkerExited,
    WorkerMeasured,
)

from .fork_notes import describe_forks
from .start_method import StartMethods
from .starts_workers import StartsWorkers
from .worker_handle import WorkerHandle
from .worker_pool import WorkerPool
from .zygote_watch import ZygoteWatch


@dataclass(frozen=True, slots=True)
class MachineStart:
    """How a machine comes to be.

    Attributes:
        name: as the user knows it; empty for the local one.
        slots: cases that run there at the same time.
        methods: how its workers come to be.
        start: what forks workers there.
        start_another: the same, if that is lost in the middle of the run; None where nothing takes its place.
        directory: where pytest was started, and
        rootdir: its root directory; both only of another machine, which has them elsewhere.
    """

    name: str
    slots: int
    methods: StartMethods
    start: Callable[[], StartsWorkers]
    start_another: Callable[[], StartsWorkers] | None = None
    directory: str = ""
    rootdir: str = ""


class MachineListener(Protocol):
    """Who is told what the workers of a machine say, and what becomes of them."""

    def read_worker(self, worker: WorkerHandle) -> None: ...

    def take_live(self, worker: WorkerHandle, stream: int, output: bytes) -> None: ...

    def worker_measured(self, message: WorkerMeasured) -> None: ...

    def worker_forked(self, worker: WorkerHandle) -> None: ...

    def worker_not_forked(self, worker: WorkerHandle, reason: str) -> None: ...

    def fork_refused(self, worker: WorkerHandle, reason: str) -> None:
        """Forks have become unsafe there, for this reason; the worker is none."""

    def worker_exited(self, worker: WorkerHandle, status: WorkerExited | None) -> None: ...

    def zygote_lost(self, machine: Machine, reason: str) -> None:
        """None of its workers is alive; :attr:`ZygoteWatch.failure` tells if there will be others."""


class Machine:
    """The local machine, or another one."""

    def __init__(
        self,
        how: MachineStart,
        selector: selectors.BaseSelector,
        listener: MachineListener,
        numbers: Iterator[int],
    ) -> None:
        """``numbers`` are those of the workers; no two of a session have the same."""
        self.name = how.name
        self.slots = how.slots
        self._how = how
        self._listener = listener
        # What is heard before this is over, nobody has asked for.
        self.zygote = ZygoteWatch(how.start, how.start_another, selector, self)
        self.pool = WorkerPool(
            how.methods, self.zygote.ask_for, selector, listener.read_worker, listener.take_live, numbers
        )

    @property
    def is_local(self) -> bool:
        """True for the one on which the host runs."""
        return not self.name

    @property
    def fork_notes(self) -> list[str]:
        """What the user is to know of how its workers came to be."""
        notes = describe_forks(self.pool.no_forks, self.zygote.threads_there)
        return [note if self.is_local else f"{self.name}: {note}" for note in notes]

    def room(self, running: Iterable[int]) -> int:
        """How many further cases may run here, next to those of the workers of these numbers."""
        return self.slots - sum(number in self.pool for number in running)

    def localized(self, message: Message) -> Message:
        """The message as if said on the local machine: what was measured, by the names that the files have here.

        On its way from another one, output may come after what was said later: until the worker is gone.
        """
        if isinstance(message, CaseFinished) and not self.is_local:
            return CaseFinished()
        here, there, rootdir = self._how.directory, self.zygote.directory_there, self._how.rootdir
        if not isinstance(message, CoverageMeasured) or there in ("", here):
            return message
        root_there = os.path.normpath(os.path.join(there, os.path.relpath(rootdir, here)))
        prefix = os.path.join(root_there, "")

        def local(name: str) -> str:
            return os.path.join(rootdir, name.removeprefix(prefix)) if name.startswith(prefix) else name

        return replace(
            message,
            files={local(name): numbers for name, numbers in message.files.items()},
            tracers={local(name): tracer for name, tracer in message.tracers.items()},
        )

    # What the zygote says: its numbers are those of its own workers only.

    def worker_forked(self, number: int) -> None:
        self._listener.worker_forked(self.pool[number])

    def worker_not_forked(self, number: int, reason: str) -> None:
        self._listener.worker_not_forked(self.pool[number], reason)

    def fork_refused(self, number: int, reason: str) -> None:
        self._listener.fork_refused(self.pool[number], reason)

    def worker_measured(self, message: WorkerMeasured) -> None:
        self._listener.worker_measured(message)

    def worker_exited(self, number: int, status: WorkerExited) -> None:
        self._listener.worker_exited(self.pool[number], status)

    def zygote_lost(self, reason: str) -> None:
        self._listener.zygote_lost(self, reason if self.is_local else f"{self.name}: {reason}")
