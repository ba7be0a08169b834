"""Hands out the values of shared fixtures, and has each set up when it is first asked for.

::

    worker of a test --SharedValueWanted--> broker --SetUpShared--> worker of the fixture
                     <------ SharedValue --          <- SharedValue --

Guarantees:

* each is set up once, by the first question for it; if that fails, all who ask are told, and it is not tried again;
* the time for which a test waits does not count against its deadline;
* at the end they are torn down one after another, those that were ready last first: what needs another one goes before
  that;
* a value is never looked into here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytest

from isolated_async_workers.wire.messages import (
    Message,
    ProtocolError,
    SharedValue,
    SharedValueWanted,
    StacksDumped,
    WorkerExited,
)

from .. import clock
from ..endings.verdict import BrokenChannel, Lost
from ..processes.live_output import LiveOutput
from ..processes.step import ASK_FOR_STACKS, INTERRUPT, Step
from ..processes.worker_handle import WorkerHandle
from ..processes.worker_pool import WorkerPool
from .instance import Asker, SharedInstance
from .plan import SharedPlan, Wanted


class Zygote(Protocol):
    """What starts processes."""

    failure: str | None

    def signal(self, worker: WorkerHandle, step: Step) -> None: ...


class SharedBroker:
    """The shared fixtures of one session. ``listen`` waits for something to happen, and takes it in."""

    def __init__(self, plan: SharedPlan, pool: WorkerPool, zygote: Zygote, listen: Callable[[], None]) -> None:
        self._plan = plan
        self._pool = pool
        self._zygote = zygote
        self._listen = listen
        self._instances: dict[str, SharedInstance] = {}
        self._by_worker: dict[int, SharedInstance] = {}
        #: In the order in which their setup has ended.
        self._ready: list[SharedInstance] = []
        self._is_closing = False

    def alive(self) -> list[SharedInstance]:
        """Those that have a process."""
        return list(self._by_worker.values())

    def all(self) -> list[SharedInstance]:
        """Every one that was asked for, in the order of the questions."""
        return list(self._instances.values())

    def value_here(self, definition: str, item: pytest.Item) -> SharedInstance:
        """The one that a test of this very process asks for, when its setup has ended."""
        instance = self._instance(self._plan.wanted(definition, str(item.nodeid), self._plan.occurrence_of(item)))
        while instance.answer is None:
            self._listen()
        return instance

    def take(self, worker: WorkerHandle, case: Asker | None, message: Message) -> bool:
        """Take a message of this worker's; False if it is none that is about shared fixtures.

        Raises:
            ProtocolError: nobody can have said that.
        """
        own = self._by_worker.get(worker.number)
        asker = own if case is None else case
        if isinstance(message, SharedValueWanted) and asker is not None:
            if not self._is_closing:
                self._answer(worker, asker, message)
            return True
        if own is None:
            return False
        own.take(message, clock.now())
        # One that is ready by now is in its teardown.
        is_in_setup = own.answer is None and not own.deadline.passed
        if self._is_closing and isinstance(message, StacksDumped) and is_in_setup:
            self._zygote.signal(worker, INTERRUPT)
        self._hand_out(own)
        return True

    def take_live(self, worker: WorkerHandle, stream: int, output: bytes) -> None:
        """What a shared fixture has printed and nobody captures appears at once."""
        if worker.number in self._by_worker:
            LiveOutput(stream, output).write()

    def conclude(self, worker: WorkerHandle, error: ProtocolError) -> None:
        """What this worker has sent is no message."""
        if (own := self._by_worker.get(worker.number)) is not None:
            own.conclude(BrokenChannel(str(error)))

    def worker_forked(self, number: int) -> None:
        if (own := self._by_worker.get(number)) is not None and not own.has_started:
            assert own.worker is not None
            own.deadline.expect_start(clock.now(), own.worker.method.limit_s)

    def worker_not_forked(self, number: int, reason: str) -> None:
        if (own := self._by_worker.get(number)) is not None:
            own.could_not_start(f"fork failed: {reason}")

    def fork_refused(self, number: int) -> None:
        """It has no process; the next one is spawned."""
        if (own := self._by_worker.pop(number, None)) is not None:
            self._start(own)

    def zygote_lost(self, reason: str) -> None:
        for own in self.alive():
            own.conclude(Lost(reason))

    def worker_gone(self, worker: WorkerHandle, status: WorkerExited | None) -> None:
        """A worker has ended: of a fixture, or one that may have waited for a value."""
        for each in self._instances.values():
            each.waiting = [(waiting, asker) for waiting, asker in each.waiting if waiting is not worker]
        own = self._by_worker.pop(worker.number, None)
        if own is not None:
            own.worker_gone(status)
            self._hand_out(own)

    def close(self) -> None:
        """Tear all of them down; those in the middle of their setup are broken off."""
        self._is_closing = True
        for instance in self.alive():
            if instance.answer is None and instance.worker is not None:
                # A stage is broken off that has been asked about, and no other: it is when it answers.
                self._zygote.signal(instance.worker, ASK_FOR_STACKS)
        unready = [each for each in self.alive() if each not in self._ready]
        for instance in [*unready, *reversed(self._ready)]:
            if instance.worker is not None:
                instance.dismiss(clock.now())
            while instance.worker is not None:
                self._listen()

    def _answer(self, worker: WorkerHandle, asker: Asker, question: SharedValueWanted) -> None:
        instance = self._instance(self._plan.wanted(question.definition, question.node_id, question.occurrence))
        own = asker if isinstance(asker, SharedInstance) else None
        if instance.answer is None and own is not None and (circle := _circle(own, instance)):
            text = f"shared fixture {own.name!r} needs itself: {' -> '.join(circle)}"
            worker.send(SharedValue(question.definition, "failed", "", text, []))
        else:
            if own is not None:
                own.waits_for = instance
            asker.is_waiting = True
            instance.waiting.append((worker, asker))
            self._hand_out(instance)

    def _instance(self, wanted: Wanted) -> SharedInstance:
        instance = self._instances.get(wanted.key)
        if instance is None:
            instance = SharedInstance(wanted, self._plan.limit_s, self._plan.loop_factory)
            self._instances[wanted.key] = instance
            self._start(instance)
        instance.last = wanted.item
        return instance

    def _start(self, instance: SharedInstance) -> None:
        if self._zygote.failure is not None:
            instance.could_not_start(self._zygote.failure)
            return
        try:
            worker = self._pool.take_spare(self._plan.start_of(instance.last))
        except OSError as error:
            instance.could_not_start(f"this process has no descriptors for it: {error.strerror}")
            return
        instance.worker = worker
        self._by_worker[worker.number] = instance
        worker.send(instance.request)
        if worker.is_forked:
            instance.deadline.expect_start(clock.now(), worker.method.limit_s)

    def _hand_out(self, instance: SharedInstance) -> None:
        """Tell those who wait, if there is something to tell."""
        if instance.answer is None:
            return
        if instance not in self._ready:
            self._ready.append(instance)
        waiting, instance.waiting = instance.waiting, []
        for worker, asker in waiting:
            asker.is_waiting = False
            if isinstance(asker, SharedInstance):
                asker.waits_for = None
            asker.take_shared(instance.take_events())
            worker.send(instance.answer)


def _circle(asker: SharedInstance, wanted: SharedInstance) -> list[str]:
    """The names from ``asker`` through ``wanted`` back to it; empty if that does not wait for it."""
    names = [asker.name]
    each: SharedInstance | None = wanted
    while each is not None:
        names.append(each.name)
        if each is asker:
            return names
        each = each.waits_for
    return []
