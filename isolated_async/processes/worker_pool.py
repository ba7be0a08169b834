"""The workers that exist, from the moment they are asked for to the moment they are gone.

::

    ask for one --> idle spare --take--> busy --(its last case)-------------> gone
                                          |  `--park--> waits for the next case of its group --take--> busy
"""

from __future__ import annotations

import contextlib
import selectors
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, count

from isolated_async_workers.wire.messages import ProtocolError

from ..choice.selection import IsolatedItem
from ..choice.start import StartName
from .start_method import StartMethods
from .worker_handle import WorkerHandle


class WorkerPool:
    """Asks for workers of these ``methods``, by ``ask_for``, and listens to them through ``selector``."""

    def __init__(
        self,
        methods: StartMethods,
        ask_for: Callable[[WorkerHandle], None],
        selector: selectors.BaseSelector,
        on_message: Callable[[WorkerHandle], None],
        on_output: Callable[[WorkerHandle, int, bytes], None],
        numbers: Iterator[int],
    ) -> None:
        """``numbers`` are those of the workers; no two of a session have the same."""
        self._methods = methods
        self._ask_for = ask_for
        self._selector = selector
        self._on_message = on_message
        self._on_output = on_output
        self._numbers = numbers
        self._idle: dict[StartName, deque[WorkerHandle]] = {name: deque() for name in methods}
        #: By the test that each waits for; with the last one that it has run.
        self._parked: dict[IsolatedItem, tuple[WorkerHandle, IsolatedItem]] = {}
        self._workers: dict[int, WorkerHandle] = {}
        #: Why no worker is forked any more; empty while they are.
        self.no_forks = ""

    def __getitem__(self, number: int) -> WorkerHandle:
        """The worker of this number.

        Raises:
            ProtocolError: whoever names it has made it up.
        """
        try:
            return self._workers[number]
        except KeyError:
            raise ProtocolError(f"there is no worker {number}") from None

    def __contains__(self, number: int) -> bool:
        """True until the worker of this number is gone."""
        return number in self._workers

    def is_waiting_for(self, isolated: IsolatedItem) -> bool:
        """True if one of them waits for this very test."""
        return isolated in self._parked

    def all(self) -> list[WorkerHandle]:
        """Every worker that is not gone."""
        return list(self._workers.values())

    def take(self, isolated: IsolatedItem) -> WorkerHandle:
        """The worker that waits for this very test, else a spare, else a new one.

        Raises:
            OSError: this process has no descriptors left.
        """
        parked = self._parked.pop(isolated, None)
        if parked is not None:
            worker, _ = parked
            return worker
        return self.take_spare(isolated.start)

    def take_spare(self, start: StartName) -> WorkerHandle:
        """A spare that was made by this method, else a new one.

        Raises:
            OSError: this process has no descriptors left.
        """
        start = "spawn" if self.no_forks else start
        idle = self._idle[start]
        worker = idle.popleft() if idle else self._ask_for_one(start)
        taken = {each.slot for each in self._workers.values()}
        worker.slot = next(slot for slot in count() if slot not in taken)
        return worker

    def park(self, worker: WorkerHandle, last: IsolatedItem, following: IsolatedItem) -> None:
        """Keep a worker that has run ``last`` for the next test of its group."""
        earlier = self._parked.pop(following, None)
        if earlier is not None:
            # The test before it has been run again, in a fresh worker.
            worker_of_earlier, _ = earlier
            worker_of_earlier.dismiss()
        worker.has_run = True
        self._parked[following] = worker, last

    def broken_off(self) -> list[tuple[IsolatedItem, IsolatedItem]]:
        """Of each worker that waits for the next test of its group: the last one that it has run, and that next one."""
        return [(last, following) for following, (_, last) in self._parked.items()]

    def dismiss_parked(self) -> list[WorkerHandle]:
        """No further test comes: let the workers that wait for one tear down what they share, and leave."""
        leaving = [worker for worker, _ in self._parked.values()]
        for worker in leaving:
            worker.dismiss()
        return leaving

    def have_spare(self, start: StartName) -> None:
        """Ask for a worker ahead of its case. It is a luxury: without descriptors for it, there is none."""
        start = "spawn" if self.no_forks else start
        if not self._idle[start]:
            with contextlib.suppress(OSError):
                self._idle[start].append(self._ask_for_one(start))

    def stop_listening(self, worker: WorkerHandle) -> None:
        """The worker says nothing any more, or nothing that could be understood."""
        self._unregister(worker.socket.fileno())

    def read_live(self, worker: WorkerHandle) -> None:
        """Hand out what the worker has printed by now and nobody captures."""
        for stream in worker.files.live:
            self._read_live(worker, stream)

    def look_at_files(self) -> None:
        """The same for each worker whose output comes in files, which the selector cannot wait for."""
        for worker in self.all():
            if worker.files.has_live_files and not worker.is_paused:
                self.read_live(worker)

    def read_rest(self, worker: WorkerHandle) -> None:
        """Hand out all that the worker, which is gone, has printed and nobody captures."""
        held = -1
        while held < worker.held:
            held = worker.held
            self.read_live(worker)

    def pause(self, worker: WorkerHandle) -> None:
        """Let what the worker sends wait in its socket and pipes, until that is full and the worker waits too."""
        worker.is_paused = True
        self._stop_listening_to_all(worker)

    def resume(self, worker: WorkerHandle) -> None:
        """What the worker has sent was handed on: listen to it again."""
        worker.held = 0
        if worker.is_paused and worker.number in self._workers:
            worker.is_paused = False
            self._listen_to(worker)

    def forget(self, worker: WorkerHandle) -> None:
        """The worker is gone."""
        for idle in self._idle.values():
            if worker in idle:
                idle.remove(worker)
        for following in [each for each, (parked, _) in self._parked.items() if parked is worker]:
            del self._parked[following]
        self._stop_listening_to_all(worker)
        del self._workers[worker.number]
        worker.close()

    def forget_waiting(self) -> None:
        """The workers that have no case are gone."""
        for worker in [*chain(*self._idle.values()), *(worker for worker, _ in self._parked.values())]:
            self.forget(worker)

    def close(self) -> None:
        """Close what is left of them; the zygote has killed them."""
        for worker in self.all():
            self.forget(worker)

    def refuse_forks(self, worker: WorkerHandle, reason: str) -> None:
        """Forks are unsafe from now on: this one has not been made, and every further worker is spawned."""
        self.no_forks = reason
        self.forget(worker)

    def _ask_for_one(self, start: StartName) -> WorkerHandle:
        worker = WorkerHandle(next(self._numbers), self._methods[start])
        self._workers[worker.number] = worker
        self._listen_to(worker)
        try:
            self._ask_for(worker)
        except OSError:
            # Too many descriptors are under way: nobody starts it.
            self.forget(worker)
            raise
        return worker

    def _listen_to(self, worker: WorkerHandle) -> None:
        if not worker.closed:
            self._selector.register(worker.socket, selectors.EVENT_READ, lambda: self._on_message(worker))
        for stream, descriptor in worker.files.live.items():
            if stream not in worker.ended and not worker.files.has_live_files:
                self._selector.register(
                    descriptor, selectors.EVENT_READ, lambda stream=stream: self._read_live(worker, stream)
                )

    def _read_live(self, worker: WorkerHandle, stream: int) -> None:
        output, closed = worker.read_live(stream)
        if closed:
            worker.ended.add(stream)
            self._unregister(worker.files.live[stream])
        if output:
            self._on_output(worker, stream, output)

    def _stop_listening_to_all(self, worker: WorkerHandle) -> None:
        for descriptor in (
            worker.socket.fileno(),
            *(() if worker.files.has_live_files else worker.files.live.values()),
        ):
            self._unregister(descriptor)

    def _unregister(self, descriptor: int) -> None:
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)
