"""When the host gives up on what forks its workers: a zygote on paper, and a clock that stands still."""

from __future__ import annotations

import selectors
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from isolated_async.processes import zygote_watch
from isolated_async.processes.step import INTERRUPT, KILL
from isolated_async.processes.zygote_watch import ANSWER_LIMIT_S, ZygoteWatch
from isolated_async_workers.wire.messages import Message, WorkerExited, WorkerForked

from .paper_zygote import PaperZygote

GONE = WorkerExited(1, None, 9, 0, "")


class Listener:
    """Keeps why a zygote was lost."""

    def __init__(self) -> None:
        self.lost: list[str] = []

    def worker_forked(self, number: int) -> None: ...

    def worker_not_forked(self, number: int, reason: str) -> None: ...

    def fork_refused(self, number: int, reason: str) -> None: ...

    def worker_measured(self, message: Any) -> None: ...

    def worker_exited(self, number: int, status: WorkerExited) -> None: ...

    def zygote_lost(self, reason: str) -> None:
        self.lost.append(reason)


class Watched:
    """A watch over paper zygotes, and its clock."""

    def __init__(self) -> None:
        self.now = 100.0
        self.zygotes: list[PaperZygote] = []
        self.listener = Listener()
        self.selector = selectors.SelectSelector()
        self.watch: ZygoteWatch

    def start(self, *, replaceable: bool = True) -> None:
        # Nothing else is watched by then.
        self.selector.close()
        self.selector = selectors.SelectSelector()
        self.watch = ZygoteWatch(self._start, self._start if replaceable else None, self.selector, self.listener)
        self.hear()

    def _start(self) -> PaperZygote:
        self.zygotes.append(PaperZygote())
        return self.zygotes[-1]

    def hear(self, *messages: Message) -> None:
        """The zygote says this, and what it has not said yet."""
        self.zygotes[-1].say(*messages)
        self.selector.get_key(self.zygotes[-1].control).data()

    def listen(self, seconds: float) -> None:
        """The host looks around once a second for so long, as it does while it waits for tests."""
        for _ in range(round(seconds)):
            self.now += 1
            self.watch.check()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    watched = Watched()
    monkeypatch.setattr(zygote_watch, "clock", SimpleNamespace(now=lambda: watched.now))
    watched.start()
    yield watched
    watched.watch.close()
    watched.selector.close()


def _worker(number: int = 1, *, is_paused: bool = False, is_gone: bool = False) -> Any:
    return SimpleNamespace(number=number, is_paused=is_paused, is_gone=is_gone)


def test_a_zygote_that_does_not_fork_is_replaced_once(watched: Watched) -> None:
    watched.watch.ask_for(_worker())
    watched.listen(ANSWER_LIMIT_S - 1)
    assert not watched.listener.lost
    watched.listen(2)
    why = "the process that forks the workers has not answered for 60 s"
    assert watched.listener.lost == [why]
    assert watched.watch.failure is None
    assert len(watched.zygotes) == 2
    # The next one collects first, and has all the time for that.
    watched.watch.ask_for(_worker(2))
    watched.listen(ANSWER_LIMIT_S * 3)
    assert watched.listener.lost == [why]
    watched.hear()
    watched.listen(ANSWER_LIMIT_S + 1)
    assert watched.listener.lost == [why, why]
    assert watched.watch.failure == f"{why}\nprinted"


def test_a_machine_whose_zygote_does_not_fork_is_lost(watched: Watched) -> None:
    watched.watch.close()
    watched.start(replaceable=False)
    watched.watch.ask_for(_worker())
    watched.listen(ANSWER_LIMIT_S + 1)
    assert watched.watch.failure == "the process that leads there has not answered for 60 s\nprinted"


def test_a_worker_that_was_killed_and_whose_end_nobody_tells(watched: Watched) -> None:
    watched.watch.ask_for(_worker())
    watched.hear(WorkerForked(1))
    watched.watch.signal(_worker(), INTERRUPT)
    watched.listen(ANSWER_LIMIT_S * 3)
    assert not watched.listener.lost
    watched.watch.signal(_worker(), KILL)
    watched.listen(ANSWER_LIMIT_S - 1)
    assert not watched.listener.lost
    watched.listen(2)
    assert len(watched.listener.lost) == 1


def test_who_owes_nothing_may_be_silent(watched: Watched) -> None:
    watched.watch.ask_for(_worker())
    watched.hear(WorkerForked(1))
    watched.watch.signal(_worker(), KILL)
    watched.hear(GONE)
    watched.listen(ANSWER_LIMIT_S * 3)
    assert not watched.listener.lost


def test_the_end_of_who_is_gone_is_not_told_again(watched: Watched) -> None:
    """Its last words may be such that it would be killed."""
    watched.watch.ask_for(_worker())
    watched.hear(WorkerForked(1), GONE)
    watched.watch.signal(_worker(is_gone=True), KILL)
    watched.listen(ANSWER_LIMIT_S * 3)
    assert not watched.listener.lost


def test_who_is_busy_with_others_is_not_silent(watched: Watched) -> None:
    watched.watch.ask_for(_worker(1))
    for number in range(2, 5):
        watched.watch.ask_for(_worker(number))
        watched.listen(ANSWER_LIMIT_S - 1)
        watched.hear(WorkerForked(number))
    assert not watched.listener.lost


def test_the_end_of_a_worker_waits_until_the_host_has_read_what_it_said(watched: Watched) -> None:
    worker = _worker(is_paused=True)
    watched.watch.ask_for(worker)
    watched.hear(WorkerForked(1))
    watched.watch.signal(worker, KILL)
    watched.listen(ANSWER_LIMIT_S * 3)
    assert not watched.listener.lost
    worker.is_paused = False
    watched.listen(ANSWER_LIMIT_S + 1)
    assert len(watched.listener.lost) == 1


def test_time_in_which_the_host_does_not_listen_does_not_count(watched: Watched) -> None:
    watched.watch.ask_for(_worker())
    watched.now += ANSWER_LIMIT_S * 10
    watched.watch.check()
    watched.listen(ANSWER_LIMIT_S / 2)
    assert not watched.listener.lost
