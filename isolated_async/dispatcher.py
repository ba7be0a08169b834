"""Keeps cases in flight and hands their events out in the order in which the host asks for them.

::

    host plugin ------ run(test) --> dispatcher --ForkWorker--> zygote
                <-------- events ---            --RunCase-----> idle worker (a spare is forked ahead)
                                                <-- messages -- workers
                                                <-- WorkerExited, descriptors, ... zygote

Guarantees:

* at most ``workers`` cases run at the same time, and a case counts until its worker and all of that worker's
  descendants are gone;
* every started case gets exactly one ending, whatever its worker or the zygote does;
* tests that are planned start as soon as a worker is free, whatever the host waits for;
* a case's events are handed out as they arrive when the host is at that test, and are kept otherwise;
* the tests of a group run one after another in one worker; if it dies, the rest of the group gets a new one;
* it never blocks for longer than a heartbeat without looking at every deadline.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable, Iterable, Iterator

from isolated_async_workers.wire.messages import (
    PROTOCOL_VERSION,
    Message,
    ProtocolError,
    WorkerExited,
    WorkerForked,
    WorkerNotForked,
    ZygoteFailed,
    ZygoteReady,
)

from .case import Case, Event
from .deadline import KILL, LEAVE_LIMIT_S, Step
from .groups import Groups
from .live_output import LiveOutput
from .selection import IsolatedItem
from .verdict import CouldNotStart, InternalError
from .worker_handle import WorkerHandle
from .worker_pool import WorkerPool
from .zygote_handle import ZygoteHandle

#: Seconds in which a fresh zygote must have collected: far more than any suite takes, so that a suite whose second
#: collection hangs does not hang the run.
COLLECT_LIMIT_S = 900.0
#: Seconds after which a waiting host looks around even if nothing happened.
_HEARTBEAT_S = 1.0

# Bound before any test runs: tests of the host freeze and patch the clock.
_now = time.monotonic


class Dispatcher:
    """Runs the cases of one session on one zygote."""

    def __init__(self, zygote: ZygoteHandle, workers: int, ahead: int, total: int, groups: Groups) -> None:
        """``ahead`` limits the cases that have been started and not been asked for; ``total`` is all of them."""
        self._zygote = zygote
        self._groups = groups
        self._limit = workers
        self._ahead = ahead
        self._upcoming: Iterator[IsolatedItem] = iter(())
        self._started: set[IsolatedItem] = set()
        self._unassigned = total
        self._selector = selectors.PollSelector()
        self._selector.register(zygote.control, selectors.EVENT_READ, self._read_zygote)
        self._pool = WorkerPool(zygote, self._selector, self._read_worker, self._read_live)
        self._running: dict[int, Case] = {}
        self._cases: dict[IsolatedItem, Case] = {}
        self._listened_until = _now()
        self._zygote_failure: str | None = None
        self._is_ready = False
        self._ready_until = _now() + COLLECT_LIMIT_S
        #: What a zygote that collected for itself has collected; None before it says so, or if it was forked.
        self.collected_there: list[str] | None = None
        #: Of the zygote; more than 1 if what it imported started some.
        self.threads_there = 1

    def plan(self, tests: Iterable[IsolatedItem]) -> None:
        """The tests that will be asked for next, in this order: they may be started ahead."""
        self._upcoming = iter(tests)

    def start_ahead(self) -> None:
        """Start planned tests, as far as the limits allow."""
        while len(self._running) < self._limit and len(self._cases) < self._ahead:
            isolated = next(self._upcoming, None)
            if isolated is None:
                return
            if isolated not in self._started and not self._groups.waits_for_another(isolated):
                self._start(isolated)

    def run(self, isolated: IsolatedItem) -> Iterator[Event | Case]:
        """Hand out the events of this test as they arrive, and at last the ended case."""
        while isolated not in self._cases:
            if len(self._running) < self._limit:
                self._start(isolated)
            else:
                self._listen()
        case = self._cases[isolated]
        while True:
            while case.events:
                yield case.events.popleft()
            if case.ending is not None:
                break
            self._listen()
        del self._cases[isolated]
        yield case

    def close(self, *, interrupted: bool) -> None:
        """Let groups tear down what their tests share, kill what still runs, and end the zygote.

        If ``interrupted``, the user waits: then a group whose test still runs is killed with it.
        """
        try:
            self._ahead = 0
            until = _now() + LEAVE_LIMIT_S
            finishing = [] if interrupted else [case for case in self._running.values() if case.isolated.group]
            leaving = self._pool.dismiss_parked([case.worker for case in finishing if case.worker is not None])
            while _now() < until and any(worker in self._pool.all() for worker in leaving):
                self._listen()
        finally:
            self._zygote.close()
            self._pool.close()
            self._selector.close()

    def _start(self, isolated: IsolatedItem) -> None:
        try:
            worker = self._pool.take(isolated)
        except OSError as error:
            self._fail_to_start(isolated, error)
            return
        case = Case(isolated, worker, self._groups.following(isolated))
        self._cases[isolated] = case
        self._started.add(isolated)
        self._running[worker.number] = case
        self._unassigned -= 1
        if self._zygote_failure is not None:
            case.conclude(CouldNotStart(self._zygote_failure))
            self._forget(worker, None)
            return
        worker.send(case.request)
        if worker.is_forked:
            case.deadline.expect_start(_now())
        if self._unassigned > 0 and case.following is None:
            self._pool.have_spare()

    def _fail_to_start(self, isolated: IsolatedItem, error: OSError) -> None:
        case = Case(isolated, None)
        case.conclude(CouldNotStart(f"this process has no descriptors for a worker: {error.strerror}"))
        case.worker_exited(None)
        self._cases[isolated] = case
        self._started.add(isolated)
        self._unassigned -= 1

    def _listen(self) -> None:
        """Wait for something to happen, bounded, and take it in."""
        now = _now()
        for case in self._running.values():
            # While the host ran tests of its own, a worker may have waited for it.
            case.deadline.postpone(now - self._listened_until)
        due = [at for case in self._running.values() if (at := case.deadline.at) is not None]
        wait = max(0.0, min([_HEARTBEAT_S, *(at - now for at in due)]))
        ready = [key for key, _ in self._selector.select(wait)]
        # The zygote last: it tells that workers are gone, and what they said comes before that.
        ready.sort(key=lambda key: key.fileobj is self._zygote.control)
        for key in ready:
            callback: Callable[[], None] = key.data
            callback()
        self._listened_until = _now()
        if not self._is_ready and _now() > self._ready_until:
            self._lose_zygote(f"it had not collected the suite after {COLLECT_LIMIT_S:g} s")
        for case in list(self._running.values()):
            self._check_deadline(case)
        self.start_ahead()

    def _check_deadline(self, case: Case) -> None:
        step = case.deadline.due(_now())
        if step is not None:
            case.time_out()
            assert case.worker is not None
            self._signal(case.worker, step)

    def _signal(self, worker: WorkerHandle, step: Step) -> None:
        self._zygote.signal(worker.number, step.signal, step.whole_group)

    def _read_worker(self, worker: WorkerHandle) -> None:
        # What was printed before a report was sent belongs before it.
        self._read_all_live(worker)
        try:
            messages = worker.receive()
        except ProtocolError as error:
            self._break_protocol(worker, error)
            return
        if worker.closed:
            self._pool.stop_listening(worker)
        case = self._running.get(worker.number)
        if case is None:
            return
        for message in messages:
            case.take(message, _now())
        if case.ending is not None:
            self._go_on(worker, case)

    def _go_on(self, worker: WorkerHandle, case: Case) -> None:
        """The worker has finished a case and stays for the next one of its group."""
        assert case.following is not None
        del self._running[worker.number]
        if case.following in self._started:
            # This was a further attempt at the test; its group has gone on without it.
            worker.dismiss()
            return
        self._pool.park(worker, case.following)
        if self._groups.waits_for_another(case.following) and len(self._cases) < self._ahead:
            self._start(case.following)

    def _read_all_live(self, worker: WorkerHandle) -> None:
        for stream in worker.live:
            self._read_live(worker, stream)

    def _break_protocol(self, worker: WorkerHandle, error: ProtocolError) -> None:
        worker.closed = True
        self._pool.stop_listening(worker)
        if (case := self._running.get(worker.number)) is not None:
            case.conclude(InternalError(str(error)))
        self._signal(worker, KILL)

    def _read_live(self, worker: WorkerHandle, stream: int) -> None:
        output, closed = worker.read_live(stream)
        if closed:
            self._pool.stop_output(worker, stream)
        if output and (case := self._running.get(worker.number)) is not None:
            case.events.append(LiveOutput(stream, output))

    def _read_zygote(self) -> None:
        try:
            messages = self._zygote.receive()
        except ProtocolError as error:
            self._lose_zygote(str(error))
            return
        if messages is None:
            self._lose_zygote("the process that forks the workers ended")
            return
        for message in messages:
            if self._zygote_failure is None:
                self._take_from_zygote(message)

    def _take_from_zygote(self, message: Message) -> None:
        match message:
            case ZygoteReady(protocol, _, node_ids, threads):
                self._is_ready = True
                self.threads_there = threads
                self.collected_there = node_ids
                if protocol != PROTOCOL_VERSION:
                    self._lose_zygote(f"its protocol is {protocol}, ours is {PROTOCOL_VERSION}")
            case ZygoteFailed(reason):
                self._lose_zygote(f"the worker side failed\n{reason}")
            case WorkerForked(number):
                self._pool[number].is_forked = True
                if (case := self._running.get(number)) is not None and not case.has_started:
                    case.deadline.expect_start(_now())
            case WorkerNotForked(number, reason):
                worker = self._pool[number]
                if (case := self._running.get(number)) is not None:
                    case.conclude(CouldNotStart(f"fork failed: {reason}"))
                self._forget(worker, None)
            case WorkerExited(number):
                self._forget(self._pool[number], message)
            case _:
                self._lose_zygote(f"a zygote does not send {type(message).__name__}")

    def _lose_zygote(self, reason: str) -> None:
        if self._zygote_failure is not None:
            return
        self._selector.unregister(self._zygote.control)
        self._zygote.hang_up()
        output = self._zygote.output()
        self._zygote_failure = f"{reason}\n{output}".rstrip()
        for worker in self._pool.all():
            if (case := self._running.get(worker.number)) is not None and not case.has_started:
                case.conclude(CouldNotStart(self._zygote_failure))
            self._forget(worker, None)

    def _forget(self, worker: WorkerHandle, status: WorkerExited | None) -> None:
        """The worker is gone: take in what it still said, and settle its case."""
        if not worker.closed:
            self._read_worker(worker)
        self._read_all_live(worker)
        case = self._running.pop(worker.number, None)
        if case is not None:
            case.worker_exited(status)
        self._pool.forget(worker)
