"""A dispatcher that notes when it does what for which case, and hears what others have measured.

::

    _start, _give_worker        --> a worker was asked for, and given to a case
    run                         <-- StagesMeasured, kept from the host; --> what is replayed, and the turn of the case
    worker_measured             <-- WorkerMeasured
    worker_exited, _go_on       --> the case is over
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from isolated_async_workers.wire.messages import StagesMeasured, WorkerExited, WorkerMeasured
from isolated_async_workers.wire.system import usage_clock

from .. import clock
from ..cases.case import Case
from ..cases.dispatcher import Dispatcher
from ..cases.events import Event
from ..choice.selection import IsolatedItem
from ..endings.deadline import LEAVE_LIMIT_S
from ..processes.worker_handle import WorkerHandle
from .record import Asked, CaseRecord, Given
from .timeline import CaseProfile, Usage


class MeasuringDispatcher(Dispatcher):
    """Of one session; takes what every :class:`Dispatcher` takes."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._read = usage_clock(with_children=False)
        self._records: list[CaseRecord] = []
        #: Of the cases that are started and not left yet.
        self._current: dict[IsolatedItem, CaseRecord] = {}
        #: Workers that have no case yet, by number.
        self._asked: dict[int, Asked] = {}
        self._measured: dict[int, WorkerMeasured] = {}
        #: When a case was last given a worker, and the host's usage then: what follows is a spare.
        self._given = 0.0, Usage()

    def profile(self, host: str) -> list[CaseProfile]:
        """Every case that was started, for the xdist worker ``host``, or the one process that there is."""
        return [
            record.profile(None if record.given is None else self._measured.get(record.given.worker), host)
            for record in self._records
        ]

    def run(self, isolated: IsolatedItem) -> Iterator[Event | Case]:
        turn_at = clock.now()
        try:
            for event in super().run(isolated):
                record = self._current.get(isolated)
                if isinstance(event, StagesMeasured):
                    if record is not None:
                        record.take(event)
                elif record is None:
                    # The rest of a group that is broken off: no test.
                    yield event
                else:
                    if isinstance(event, Case):
                        record.ending = type(event.ending).__name__
                    began_at, before = clock.now(), self._usage()
                    try:
                        yield event
                    finally:
                        record.replayed(began_at, clock.now(), self._usage() - before)
        finally:
            if (record := self._current.pop(isolated, None)) is not None:
                record.turn_at, record.done_at = turn_at, clock.now()

    def worker_measured(self, message: WorkerMeasured) -> None:
        self._measured[message.worker] = message

    def worker_exited(self, worker: WorkerHandle, status: WorkerExited | None) -> None:
        at = clock.now()
        case = self._places.case_of(worker)
        super().worker_exited(worker, status)
        # Else it has got another worker, or was over before.
        if case is not None and case.ending is not None:
            self._note_end(case, at, is_last=True)

    def _go_on(self, worker: WorkerHandle, case: Case) -> None:
        self._note_end(case, clock.now(), is_last=case.following is None, leaves=case.following is None)
        super()._go_on(worker, case)

    def close(self, *, interrupted: bool) -> None:
        # What the last ones cost is known when they are gone.
        until = clock.now() + LEAVE_LIMIT_S
        while self._are_going() and clock.now() < until and not interrupted:
            self.listen()
        super().close(interrupted=interrupted)

    def _are_going(self) -> bool:
        # Where too many leave, one keeps its place meanwhile.
        return bool(self._places.leaving()) or any(case.ending is not None for case in self._places.running())

    def _start(self, isolated: IsolatedItem) -> None:
        before = self._numbers()
        super()._start(isolated)
        at, usage = self._given
        for number in self._numbers() - before - {case.worker.number for case in self._places.running() if case.worker}:
            self._asked[number] = Asked(at, self._usage() - usage)

    def _give_worker(self, case: Case) -> None:
        record = self._record_of(case)
        at, usage, before = clock.now(), self._usage(), self._numbers()
        super()._give_worker(case)
        self._given = clock.now(), self._usage()
        worker = case.worker
        if worker is not None:
            if record.given is not None:
                # Of what the one before has told, nothing counts.
                case.events = deque(event for event in case.events if not isinstance(event, StagesMeasured))
            asked = self._asked.pop(worker.number, None)
            if worker.number not in before:
                asked = Asked(at, self._given[1] - usage)
            record.give(Given(at, worker.number, asked, self.machines.of(worker).name, worker.loads_suite))

    def _record_of(self, case: Case) -> CaseRecord:
        record = self._current.get(case.isolated)
        if record is None:
            record = CaseRecord(str(case.isolated.item.nodeid), self._started[case.isolated])
            self._current[case.isolated] = record
            self._records.append(record)
        return record

    def _note_end(self, case: Case, at: float, *, is_last: bool, leaves: bool = False) -> None:
        if (record := self._current.get(case.isolated)) is not None and record.over_at is None:
            record.over_at, record.is_last, record.leaves = at, is_last, leaves

    def _numbers(self) -> set[int]:
        return {worker.number for worker in self.machines.workers()}

    def _usage(self) -> Usage:
        return Usage(*self._read())
