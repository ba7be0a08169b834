"""Speaks with the zygote, and starts another one, once, where it is lost in the middle of the run.

::

    dispatcher --ask_for, signal--> ZygoteWatch ==(control socket)==> zygote
               <--forked, not forked, exited, lost--'

On another machine it is the relay to that machine, and is not replaced; where there are no zygotes it is the host's own
starter of workers, which is never lost.

Guarantees: what the zygote says is told in its order; after it is lost nothing more of it is told, and nothing that it
has started is alive; one that does nothing any more (it was stopped, or hangs in a fork) is lost after a while.
"""

from __future__ import annotations

import selectors
from collections.abc import Callable
from typing import Protocol

from isolated_async_workers.wire.messages import (
    PROTOCOL_VERSION,
    MachineLost,
    MachineProven,
    Message,
    ProtocolError,
    WorkerExited,
    WorkerForked,
    WorkerMeasured,
    WorkerNotForked,
    ZygoteFailed,
    ZygoteReady,
)

from .. import clock
from .starts_workers import StartsWorkers
from .step import KILL, Step
from .worker_handle import WorkerHandle

#: Seconds in which a fresh zygote must have collected: far more than any suite takes, so that a suite whose second
#: collection hangs does not hang the run.
COLLECT_LIMIT_S = 900.0
#: Seconds for which a zygote may be silent that was told to start a worker, or to kill one: each takes it milliseconds,
#: but a machine may be busy. Whatever limits the session has: no test runs meanwhile.
ANSWER_LIMIT_S = 60.0
#: Of the time between two looks so many seconds count at most, more than a host that waits lets pass: while it runs
#: tests of its own, or is stopped, it hears no answer.
_MOST_BETWEEN_LOOKS_S = 2.0


class ZygoteListener(Protocol):
    """Who is told what becomes of workers."""

    def worker_forked(self, number: int) -> None: ...

    def worker_not_forked(self, number: int, reason: str) -> None: ...

    def fork_refused(self, number: int, reason: str) -> None:
        """Forks have become unsafe, for this reason; the worker is none."""

    def worker_measured(self, message: WorkerMeasured) -> None: ...

    def worker_exited(self, number: int, status: WorkerExited) -> None: ...

    def zygote_lost(self, reason: str) -> None:
        """No worker is alive; :attr:`ZygoteWatch.failure` tells if there will be others."""


class ZygoteWatch:
    """The zygote of one session, or the one that has taken its place."""

    def __init__(
        self,
        start: Callable[[], StartsWorkers],
        start_another: Callable[[], StartsWorkers] | None,
        selector: selectors.BaseSelector,
        listener: ZygoteListener,
    ) -> None:
        """``start_another`` is None where nothing takes its place."""
        self._zygote: StartsWorkers | None = None
        self._start_another = start_another
        self._selector = selector
        self._listener = listener
        self._is_replaced = False
        #: Why no more workers can be had; None while they can.
        self.failure: str | None = None
        #: What a zygote that collected for itself has collected; None before it says so, or if it was forked.
        self.collected_there: list[str] | None = None
        #: Where its suite lies, if that is on another machine.
        self.directory_there = ""
        #: Of the zygote; more than 1 if what it imported started some.
        self.threads_there = 1
        #: True once it has collected.
        self.is_ready = False
        self._looked_at = self._ready_until = clock.now()
        #: Workers that it has to start, and those that it has to kill, by number.
        self._asked: set[int] = set()
        self._killed: dict[int, WorkerHandle] = {}
        #: Seconds for which it has owed an answer and said nothing.
        self._silent_s = 0.0
        self._begin(start)

    @property
    def _owes_an_answer(self) -> bool:
        # What a paused worker has said is read before its end is told: that waits for the host.
        return bool(self._asked) or any(not worker.is_paused for worker in self._killed.values())

    def is_control(self, fileobj: object) -> bool:
        """True for the socket through which the zygote speaks."""
        return self._zygote is not None and fileobj is self._zygote.control

    def ask_for(self, worker: WorkerHandle) -> None:
        """Ask for a worker; that there is none shows later."""
        assert self._zygote is not None
        self._zygote.ask_for(worker)
        self._asked.add(worker.number)

    def signal(self, worker: WorkerHandle, step: Step) -> None:
        """Have a signal sent."""
        if self._zygote is not None:
            if step is KILL and not worker.is_gone:
                self._killed[worker.number] = worker
            self._zygote.signal(worker.number, step.signal, step.whole_group)

    def check(self) -> None:
        """Give up on a zygote that does not get ready, or does not do what it was told."""
        now = clock.now()
        counted = min(now - self._looked_at, _MOST_BETWEEN_LOOKS_S)
        self._looked_at = now
        if self._zygote is None:
            return
        if not self.is_ready:
            if now > self._ready_until:
                self._lose(self._zygote, f"it had not collected the suite after {COLLECT_LIMIT_S:g} s")
        elif self._owes_an_answer:
            self._silent_s += counted
            if self._silent_s > ANSWER_LIMIT_S:
                self._lose(self._zygote, f"{self._name} has not answered for {ANSWER_LIMIT_S:g} s", is_hung=True)
        else:
            self._silent_s = 0.0

    def hang_up(self) -> None:
        """Let the zygote begin to end."""
        if self._zygote is not None:
            self._zygote.hang_up()

    def close(self) -> None:
        """End the zygote, and with it every worker."""
        if self._zygote is not None:
            self._zygote.close()

    def _begin(self, start: Callable[[], StartsWorkers]) -> None:
        self.is_ready = False
        self._looked_at = clock.now()
        self._ready_until = self._looked_at + COLLECT_LIMIT_S
        self._asked.clear()
        self._killed.clear()
        self._silent_s = 0.0
        try:
            zygote = self._zygote = start()
        except OSError as error:
            self.failure = f"there is no process for what forks the workers: {error.strerror} (errno {error.errno})"
        else:
            self._selector.register(zygote.control, selectors.EVENT_READ, lambda: self._read(zygote))

    def _read(self, zygote: StartsWorkers) -> None:
        try:
            messages = zygote.receive()
            if messages is None:
                self._lose(zygote, "")
                return
            for message in messages:
                if self._zygote is zygote:
                    self._take(zygote, message)
        except ProtocolError as error:
            self._lose(zygote, str(error))

    def _take(self, zygote: StartsWorkers, message: Message) -> None:
        self._silent_s = 0.0
        if isinstance(message, WorkerForked | WorkerNotForked | WorkerExited):
            self._asked.discard(message.worker)
        if isinstance(message, WorkerNotForked | WorkerExited):
            self._killed.pop(message.worker, None)
        match message:
            case ZygoteReady(protocol, node_ids, threads, _, _):
                self.is_ready = True
                self.threads_there = threads
                self.collected_there = node_ids
                if protocol != PROTOCOL_VERSION:
                    self._lose(zygote, f"its protocol is {protocol}, ours is {PROTOCOL_VERSION}")
            case ZygoteFailed(reason):
                self._lose(zygote, f"the worker side failed\n{reason}")
            case MachineProven(directory):
                self.directory_there = directory
            case MachineLost(reason):
                self._lose(zygote, reason)
            case WorkerForked(number):
                self._listener.worker_forked(number)
            case WorkerNotForked(number, reason, unsafe):
                tell = self._listener.fork_refused if unsafe else self._listener.worker_not_forked
                tell(number, reason)
            case WorkerMeasured():
                self._listener.worker_measured(message)
            case WorkerExited(number):
                self._listener.worker_exited(number, message)
            case _:
                self._lose(zygote, f"a zygote does not send {type(message).__name__}")

    @property
    def _name(self) -> str:
        return f"the process that {'leads there' if self._start_another is None else 'forks the workers'}"

    def _lose(self, zygote: StartsWorkers, reason: str, *, is_hung: bool = False) -> None:
        """The zygote is of no more use: ``reason``, or empty if it has just ended."""
        self._zygote = None
        self._selector.unregister(zygote.control)
        output = zygote.output()
        end = zygote.close()
        described = reason or f"{self._name} {end}"
        # One that says what is wrong, or has not got ready, would do so again.
        may_do_better = is_hung or not reason
        if may_do_better and self.is_ready and not self._is_replaced and self._start_another is not None:
            self._is_replaced = True
            self._begin(self._start_another)
        else:
            self.failure = f"{described}\n{output}".rstrip()
        self._listener.zygote_lost(described)
