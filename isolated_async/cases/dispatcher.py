"""Keeps cases in flight and hands their events out in the order in which the host asks for them.

::

    host plugin ------ run(test) --> dispatcher --ForkWorker--> zygote, of the machine that has room
                <-------- events ---            --RunCase-----> idle worker (a spare is forked ahead)
                                                <-- messages -- workers
                                                <-- WorkerExited, descriptors, ... zygote
    host's own tests -- shared fixtures --> shared/broker <-- questions, values -- workers

Guarantees:

* no machine runs more cases at a time than it has slots, and a case counts until all its processes are gone, or one
  is left that holds nothing and only leaves;
* every started case gets exactly one ending, whatever its worker or the zygote does;
* a case whose worker, zygote or machine was lost before the case had begun is started once more;
* tests that are planned start as soon as a worker is free, whatever the host waits for;
* a case's events are handed out as they arrive when the host is at that test, and are kept otherwise;
* the tests of a group run one after another in one worker; if it dies, the rest of the group gets a new one, and if
  the run stops, what its teardown says is handed out;
* it never blocks for longer than a heartbeat without looking at every deadline.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from isolated_async_workers.wire.messages import ProtocolError, WorkerExited, WorkerMeasured
from isolated_async_workers.wire.system import new_selector

from .. import clock
from ..choice.selection import IsolatedItem
from ..endings.deadline import LEAVE_LIMIT_S
from ..endings.verdict import BrokenChannel, CouldNotStart, Lost
from ..processes.live_output import LiveOutput
from ..processes.machine import Machine, MachineStart
from ..processes.machines import Machines
from ..processes.step import KILL
from ..processes.worker_handle import WorkerHandle
from ..shared.broker import SharedBroker
from ..shared.plan import SharedPlan
from ..terminal.user_terminal import UserTerminal
from .case import Case
from .debuggers import Debuggers
from .events import Event
from .followed import Followed, Timekeeper
from .groups import Groups
from .limits import Limits
from .placement import Placement
from .turns import Turns


class Dispatcher:
    """Runs the cases of one session."""

    def __init__(
        self,
        machines: Iterable[MachineStart],
        limits: Limits,
        groups: Groups,
        shared: SharedPlan,
        terminal: UserTerminal,
    ) -> None:
        """The first of ``machines`` is the local one."""
        self._ahead, self._unassigned, self._slow_s = limits.ahead, Counter(limits.total), limits.slow_s
        self._groups = groups
        self._terminal = terminal
        self._upcoming: Iterator[IsolatedItem] = iter(())
        #: How many attempts at each test have been started.
        self._started: Counter[IsolatedItem] = Counter()
        self._selector = new_selector()
        self.machines = Machines(machines, self._selector, self)
        # Shared fixtures live here, whoever asks for them.
        self.shared = SharedBroker(shared, self.machines.local.pool, self.machines.local.zygote, self.listen)
        self._places = Placement(self.machines)
        self._cases: dict[IsolatedItem, Case] = {}
        self._turns = Turns(self.machines)
        self._debuggers = Debuggers(self.machines, terminal)
        self._time = Timekeeper(self._selector, self.machines.signal, terminal)

    def plan(self, tests: Iterable[IsolatedItem]) -> None:
        """The tests that will be asked for next, in this order: they may be started ahead."""
        self._upcoming = iter(tests)

    def start_ahead(self) -> None:
        """Start planned tests, as far as the limits allow."""
        while (case := self._places.next_homeless()) is not None:
            self._give_worker(case)
        while self._places.have_room() and len(self._cases) < self._ahead:
            isolated = next(self._upcoming, None)
            if isolated is None:
                return
            if isolated not in self._started and not self._groups.waits_for_another(isolated):
                self._start(isolated)

    def run(self, isolated: IsolatedItem) -> Iterator[Event | Case]:
        """Hand out the events of this test as they arrive, and at last the ended case."""
        while isolated not in self._cases:
            if self._places.have_room_for(isolated):
                self._start(isolated)
            else:
                # Nobody's turn comes before one of them has ended.
                self._turns.let_go_on(self._places.running())
                self.listen()
        case = self._cases[isolated]
        while True:
            # One that waits for room has no turn yet.
            self._turns.current = None if self._places.is_homeless(case) else case
            while case.events:
                event = case.events.popleft()
                self._terminal.make_way()
                if not self._debuggers.take(case, event):
                    yield event
            self._turns.let_go_on(self._places.running() if self._places.is_homeless(case) else [case])
            if case.ending is not None:
                break
            self.listen()
        self._turns.current = None
        del self._cases[isolated]
        self._terminal.take_back()
        yield case

    def end_groups(self) -> Iterator[tuple[IsolatedItem, Event | Case]]:
        """No further test comes: each group tears down what its tests share; what it says, with its last test."""
        self._ahead = 0
        for last, following in self.machines.broken_off():
            if last in self._cases:
                continue  # Nobody has asked for it, nor asks what comes after it.
            if (worker := self.machines.take_parked(following)) is None:
                continue  # It has ended while another group was torn down.
            case = self._cases[last] = Case(last)
            case.has_another_try = False
            self._places.put(case, worker).dismiss()
            case.expect_start(clock.now())
            yield from ((last, event) for event in self.run(last))

    def close(self, *, interrupted: bool) -> None:
        """Let groups tear down what their tests share, kill what still runs, then shared fixtures, and end the zygote.

        If ``interrupted``, the user waits: then a group whose test still runs is killed with it.
        """
        try:
            self._terminal.take_back()
            self._ahead = 0
            self._turns.current = None
            self._turns.let_go_on(self._places.running())
            until = clock.now() + LEAVE_LIMIT_S
            finishing = [] if interrupted else [case for case in self._places.running() if case.isolated.group]
            leaving = self.machines.dismiss_parked([case.worker for case in finishing if case.worker is not None])
            while clock.now() < until and any(worker in self.machines.workers() for worker in leaving):
                self.listen()
            if self.shared.alive():
                self._kill_running()
                self.shared.close()
        finally:
            self.machines.close()
            self._selector.close()

    def _kill_running(self) -> None:
        """No test may meet the end of what it shares with others."""
        for case in self._places.running():
            case.conclude(Lost("the run ends"))
            if case.worker is not None:
                self.machines.signal(case.worker, KILL)
        until = clock.now() + LEAVE_LIMIT_S
        while self._places.running() and clock.now() < until:
            self.listen()

    def _start(self, isolated: IsolatedItem) -> None:
        self._started[isolated] += 1
        case = Case(isolated, self._groups.following(isolated), self._slow_s, self._started[isolated])
        self._cases[isolated] = case
        self._unassigned[isolated.start] -= self._started[isolated] == 1
        self._give_worker(case)
        if self._unassigned[isolated.start] > 0 and case.following is None and case.worker is not None:
            self.machines.pool_of(case.worker).have_spare(isolated.start)

    def _give_worker(self, case: Case) -> None:
        self._places.find(case)

    def listen(self) -> None:
        """Wait for something to happen, bounded, and take it in."""
        ready = self._time.wait(self._followed())
        if not ready:
            self._terminal.show_running(self._turns.running(self._places.running()))
        # The zygote last: it tells that workers are gone, and what they said comes before that.
        ready.sort(key=lambda key: self.machines.is_control(key.fileobj))
        for key in ready:
            callback: Callable[[], None] = key.data
            callback()
        self.machines.local.pool.look_at_files()
        self._time.listened()
        self.machines.check()
        self._time.check(self._followed())
        self.start_ahead()

    def _followed(self) -> list[Followed]:
        return [*self._places.running(), *self._places.leaving(), *self.shared.alive()]

    def read_worker(self, worker: WorkerHandle) -> None:
        machine = self.machines.of(worker)
        worker.read()
        machine.pool.read_live(worker)  # What was printed before a report was sent belongs before it.
        case = self._places.case_of(worker)
        try:
            for message in worker.messages():
                if not self.shared.take(worker, case, message) and case is not None:
                    case.take(machine.localized(message), clock.now())
        except ProtocolError as error:
            self._break_protocol(worker, error)
        if worker.closed:
            machine.pool.stop_listening(worker)
        if case is not None:
            self._turns.hold_back(worker, case)
            if case.ending is not None:
                self._go_on(worker, case)

    def _go_on(self, worker: WorkerHandle, case: Case) -> None:
        """The worker has finished a case, and stays for the next one of its group, or only leaves."""
        if case.following is None:
            self._places.let_leave(worker)
            return
        self._places.leave(worker)
        if worker.is_gone:
            # The rest of its group gets a new one, at its turn.
            return
        if case.following in self._started:
            # This was a further attempt at the test; its group has gone on without it.
            worker.dismiss()
            return
        self.machines.pool_of(worker).park(worker, case.isolated, case.following)
        if self._groups.waits_for_another(case.following) and len(self._cases) < self._ahead:
            self._start(case.following)

    def _break_protocol(self, worker: WorkerHandle, error: ProtocolError) -> None:
        worker.closed = True
        if (case := self._places.case_of(worker)) is not None:
            case.conclude(BrokenChannel(str(error)))
        self.shared.conclude(worker, error)
        self.machines.signal(worker, KILL)

    def take_live(self, worker: WorkerHandle, stream: int, output: bytes) -> None:
        self.shared.take_live(worker, stream, output)
        if (case := self._places.case_of(worker)) is not None:
            case.events.append(LiveOutput(stream, output))
            self._turns.hold_back(worker, case)

    def worker_measured(self, message: WorkerMeasured) -> None:
        """Nobody has asked for that here: see profiling/dispatcher.py."""

    def worker_forked(self, worker: WorkerHandle) -> None:
        worker.note_fork()
        self.shared.worker_forked(worker.number)
        if (case := self._places.case_of(worker)) is not None:
            case.expect_start(clock.now())

    def worker_not_forked(self, worker: WorkerHandle, reason: str) -> None:
        if (case := self._places.case_of(worker)) is not None:
            case.conclude(CouldNotStart(f"fork failed: {reason}"))
        self.shared.worker_not_forked(worker.number, reason)
        self.worker_exited(worker, None)

    def fork_refused(self, worker: WorkerHandle, reason: str) -> None:
        case = self._places.leave(worker)
        self.machines.pool_of(worker).refuse_forks(worker, reason)
        self.shared.fork_refused(worker.number)
        if case is not None:
            self._give_worker(case)

    def zygote_lost(self, machine: Machine, reason: str) -> None:
        if machine.is_local:
            self.shared.zygote_lost(reason)
        machine.pool.forget_waiting()
        for worker in machine.pool.all():
            self._take_last_words(worker)
            if (case := self._places.case_of(worker)) is not None and not case.may_be_tried_again:
                case.lose(reason)
            self.worker_exited(worker, None)

    def _take_last_words(self, worker: WorkerHandle) -> None:
        worker.is_gone = True
        if not worker.closed:
            self.read_worker(worker)
        self.machines.pool_of(worker).read_rest(worker)

    def worker_exited(self, worker: WorkerHandle, status: WorkerExited | None) -> None:
        """The worker is gone: take in what it still said, and settle its case, or start that once more."""
        self._take_last_words(worker)
        self.shared.worker_gone(worker, status)
        if (case := self._places.worker_gone(worker, status)) is not None:
            self._give_worker(case)
