"""Which worker each case gets when workers, zygotes and machines go away at the worst moment: all of them on paper."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from isolated_async.cases.case import Case
from isolated_async.cases.dispatcher import Dispatcher
from isolated_async.cases.groups import Groups
from isolated_async.cases.limits import Limits
from isolated_async.choice.selection import IsolatedItem
from isolated_async.endings.memory_kills import MemoryKills
from isolated_async.endings.verdict import Ending, ExitedEarly, Finished, KilledBySignal, Lost
from isolated_async.processes.machine import MachineStart
from isolated_async.processes.start_method import FORK_LIMIT_S, StartMethod
from isolated_async.processes.worker_handle import WorkerHandle
from isolated_async.shared.plan import NOTHING_SHARED
from isolated_async.terminal.user_terminal import UserTerminal
from isolated_async_workers.wire.framing import encode
from isolated_async_workers.wire.messages import CaseFinished, Message, StageStarted, WorkerExited, WorkerForked

from .paper_zygote import PaperZygote

WHOLE_CASE = (StageStarted("setup"), StageStarted("call"), StageStarted("teardown"), CaseFinished(leaves_nothing=True))


class PaperItem:
    """A collected test."""

    session = SimpleNamespace(testsfailed=0)

    def __init__(self, nodeid: str) -> None:
        self.nodeid = nodeid


class TalkingZygote(PaperZygote):
    """Its workers exist at once, and speak through sockets that the test has."""

    def __init__(self) -> None:
        super().__init__()
        self.workers: list[socket.socket] = []
        #: What every further worker says at once.
        self.script: tuple[Message, ...] = ()
        #: What happens when the host begins to listen to it.
        self.on_receive: Callable[[], object] = lambda: None

    def ask_for(self, worker: WorkerHandle) -> None:
        self.workers.append(socket.socket(fileno=os.dup(worker.remote_socket.fileno())))
        worker.close_remote_ends()
        self.say(WorkerForked(worker.number))
        self.tell(-1, *self.script)

    def tell(self, worker: int, *messages: Message) -> None:
        self.workers[worker].sendall(b"".join(map(encode, messages)))

    def receive(self) -> list[Message] | None:
        self.on_receive()
        return super().receive()

    def close(self) -> str:
        for worker in self.workers:
            worker.close()
        return super().close()


def _itself(zygote: TalkingZygote) -> TalkingZygote:
    return zygote


class Run:
    """Tests of one group, and a dispatcher for them on machines on paper; the first one is this."""

    def __init__(self, *, tests: int = 2, machines: int = 1, slots: int = 1, starts_ahead: bool = True) -> None:
        items: list[Any] = [PaperItem(f"test_a.py::test_{n}") for n in range(tests)]
        self.tests = [IsolatedItem(item, 0, None, group="test_a.py") for item in items]
        self.others = [IsolatedItem(item, 2, None, group="test_b.py") for item in items]
        self.alone = IsolatedItem(items[0], 1, None)
        self.zygotes = [TalkingZygote() for _ in range(machines)]
        starts = [
            MachineStart(
                "" if not n else f"other_{n}", slots, {"fork": StartMethod(FORK_LIMIT_S)}, partial(_itself, zygote)
            )
            for n, zygote in enumerate(self.zygotes)
        ]
        limits = Limits(ahead=9, total=Counter(), slow_s=None)
        groups = Groups([*self.tests, *self.others], starts_ahead=starts_ahead)
        self.dispatcher = Dispatcher(starts, limits, groups, NOTHING_SHARED, UserTerminal(None))

    def start(self, *tests: IsolatedItem) -> None:
        self.dispatcher.plan(tests)
        self.dispatcher.start_ahead()
        self.dispatcher.listen()

    def ending_of(self, test: IsolatedItem) -> Ending | None:
        *_, case = self.dispatcher.run(test)
        assert isinstance(case, Case)
        return case.ending

    def close(self) -> None:
        self.dispatcher.close(interrupted=True)


@contextlib.contextmanager
def _closing(run: Run) -> Iterator[Run]:
    try:
        yield run
    finally:
        run.close()


@pytest.fixture
def one_machine() -> Iterator[Run]:
    with _closing(Run()) as run:
        yield run


@pytest.fixture
def two_machines() -> Iterator[Run]:
    with _closing(Run(machines=2)) as run:
        yield run


def _left(worker: int, status: int) -> WorkerExited:
    return WorkerExited(worker, status, None, 0, "")


def test_a_worker_that_leaves_when_it_has_the_next_test_of_its_group(one_machine: Run) -> None:
    run, (zygote,), (first, second) = one_machine, one_machine.zygotes, one_machine.tests
    run.start(first, second)
    zygote.tell(0, *WHOLE_CASE)
    run.dispatcher.listen()
    assert run.ending_of(first) == Finished()
    # It has been given the next one by now, and something that the first one has left ends it.
    zygote.script = WHOLE_CASE
    zygote.say(_left(1, 3))
    assert run.ending_of(second) == Finished()
    assert len(zygote.workers) == 2


def test_a_worker_whose_end_is_known_with_that_of_its_test_gets_no_other(one_machine: Run) -> None:
    run, (zygote,), (first, second) = one_machine, one_machine.zygotes, one_machine.tests
    run.start(first, second)
    zygote.script = WHOLE_CASE
    zygote.say(_left(1, 3))
    zygote.on_receive = lambda: zygote.tell(0, *WHOLE_CASE)
    run.dispatcher.listen()
    zygote.on_receive = lambda: None
    assert run.ending_of(first) == Finished()
    assert run.ending_of(second) == Finished()
    assert len(zygote.workers) == 2


def test_a_worker_that_leaves_instead_of_tearing_down_what_its_group_shares() -> None:
    with _closing(Run(starts_ahead=False)) as run:
        (zygote,), (first, _) = run.zygotes, run.tests
        run.start(first)
        zygote.tell(0, *WHOLE_CASE)
        assert run.ending_of(first) == Finished()
        zygote.say(_left(1, 3))
        (ended,) = [event for _, event in run.dispatcher.end_groups() if isinstance(event, Case)]
        assert ended.ending == ExitedEarly(3, ", after the test before it")


def test_what_a_lost_machine_has_not_begun_runs_on_another(two_machines: Run) -> None:
    run, (here, there), (first, second) = two_machines, two_machines.zygotes, two_machines.tests
    run.start(run.alone, first, second)
    assert len(there.workers) == 1
    there.on_receive = lambda: there.tell(0, *WHOLE_CASE)
    there.end()
    run.dispatcher.listen()
    here.tell(0, *WHOLE_CASE)
    here.script = WHOLE_CASE
    here.say(_left(1, 0))
    assert run.ending_of(run.alone) == Finished()
    assert run.ending_of(first) == Finished()
    assert run.ending_of(second) == Finished()
    assert len(here.workers) == 2


def test_what_a_lost_machine_has_begun_is_lost(two_machines: Run) -> None:
    run, (_, there), (first, _) = two_machines, two_machines.zygotes, two_machines.tests
    run.start(run.alone, first)
    there.tell(0, *WHOLE_CASE[:2])
    there.end()
    assert run.ending_of(first) == Lost("other_1: the process that leads there was killed by SIGKILL")


def test_memory_that_runs_out_here_kills_nobody_on_another_machine(
    two_machines: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, (here, there), (first, _) = two_machines, two_machines.zygotes, two_machines.tests
    kills = SimpleNamespace(since=lambda: 1, scope="this machine", file="/proc/vmstat")
    monkeypatch.setattr(MemoryKills, "until_now", lambda: kills)
    run.start(run.alone, first)
    for number, zygote in enumerate((here, there), 1):
        zygote.tell(0, *WHOLE_CASE[:2])
        zygote.say(WorkerExited(number, None, signal.SIGKILL, 0, ""))
    assert "memory ran out" in str(run.ending_of(run.alone))
    assert run.ending_of(first) == KilledBySignal(signal.SIGKILL)


def test_a_group_whose_worker_ends_while_another_one_is_torn_down() -> None:
    with _closing(Run(starts_ahead=False, slots=2)) as run:
        (zygote,), (first, _), (other, _) = run.zygotes, run.tests, run.others
        zygote.script = WHOLE_CASE
        run.start(first, other)
        assert (run.ending_of(first), run.ending_of(other)) == (Finished(), Finished())
        zygote.say(_left(2, 3))
        zygote.say(_left(1, 0))
        (ended,) = [event for _, event in run.dispatcher.end_groups() if isinstance(event, Case)]
        assert ended.isolated is first
