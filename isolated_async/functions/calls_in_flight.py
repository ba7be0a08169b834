"""The calls of one pool, from when they are asked for to their end; all of it belongs to the dispatcher's thread.

::

    add --> waiting --at most so many--> RunningCall --worker and all it left are gone--> on_end
              ^                            |  asks, signals
              `--not begun, zygote lost----+--> FunctionZygote: the warm one, or one for a single call
"""

from __future__ import annotations

import contextlib
import itertools
import selectors
import socket
from collections import deque
from collections.abc import Callable
from functools import partial

from isolated_async_workers.wire.messages import Message, WorkerExited, WorkerForked, WorkerNotForked
from isolated_async_workers.wire.system import new_selector

from .. import clock
from ..processes.worker_handle import WorkerHandle
from .ended import Ended
from .errors import CouldNotStart, IsolatedError, PoolClosed
from .function_zygote import FunctionZygote, method_of_call
from .running_call import Call, RunningCall


class CallsInFlight:
    """At most ``workers`` of them run at the same time."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._numbers = itertools.count(1)
        #: Every call that has not ended, in order, wherever it is.
        self._unfinished: dict[Call, None] = {}
        self._waiting: deque[Call] = deque()
        self._running: dict[int, RunningCall] = {}
        self._warm: FunctionZygote | None = None
        self._zygotes: list[FunctionZygote] = []
        # No epoll set: a fork of this process would share it.
        self._selector = new_selector()

    def listen_to(self, end: socket.socket, on_news: Callable[[], None]) -> None:
        """Wake up for this one too."""
        self._selector.register(end, selectors.EVENT_READ, on_news)

    def add(self, call: Call) -> None:
        """It waits for its turn."""
        self._unfinished[call] = None
        self._waiting.append(call)

    def cancel(self, call: Call) -> None:
        """Nobody waits for this call any more: end it, if it has not ended."""
        if call in self._waiting:
            self._waiting.remove(call)
            self._tell(call, Ended(PoolClosed("the call was cancelled")))
        for running in self._running.values():
            if running.call is call:
                running.kill()

    def wait(self) -> list[Callable[[], None]]:
        """Wait until something happens or is due; what takes it in."""
        return [key.data for key, _ in self._selector.select(self._patience())]

    def go_on(self) -> None:
        """Do what is due, and start what may start."""
        now = clock.now()
        for running in self._running.values():
            running.step(now)
        for zygote in self._zygotes:
            zygote.step(now)
        for zygote in [zygote for zygote in self._zygotes if zygote.lost]:
            self._lose(zygote)
        self._start_waiting()

    def end_processes(self) -> None:
        """End everything that runs."""
        for zygote in self._zygotes:
            zygote.close()
        for running in self._running.values():
            running.worker.close()
        self._running.clear()
        self._selector.close()

    def end_calls(self, reason: IsolatedError) -> None:
        """Tell whoever waits for a call that it will never end by itself; the processes have ended."""
        self._waiting.clear()
        for call in list(self._unfinished):
            # To each its own: whoever raises it adds to its traceback.
            self._tell(call, Ended(type(reason)(*reason.args)))

    def forget(self) -> None:
        """In a fork of this process: close the descriptors that are the other's."""
        for running in list(self._running.values()):
            with contextlib.suppress(OSError):
                running.worker.close()
        for zygote in list(self._zygotes):
            zygote.forget()

    def _patience(self) -> float | None:
        times = (*(each.due_at for each in self._running.values()), *(each.due_at for each in self._zygotes))
        known = [at for at in times if at is not None]
        return max(0.0, min(known) - clock.now()) if known else None

    def _start_waiting(self) -> None:
        while self._waiting and len(self._running) < self._workers:
            call = self._waiting.popleft()
            try:
                self._start(call)
            except OSError as error:
                if self._running:
                    # Those give back what there is too little of.
                    self._waiting.appendleft(call)
                    return
                self._tell(call, Ended(CouldNotStart(f"{call.name}: {error.strerror or error} (errno {error.errno})")))

    def _start(self, call: Call) -> None:
        worker = WorkerHandle(next(self._numbers), method_of_call())
        try:
            zygote = self._zygote_for(call)
        except OSError:
            worker.close_remote_ends()
            worker.close()
            raise
        running = self._running[worker.number] = RunningCall(call, zygote, worker)
        self._selector.register(worker.socket, selectors.EVENT_READ, partial(self._read, running))
        try:
            zygote.ask_for(worker)
        except OSError:
            # Too many descriptors are under way.
            self._let_go(running)
            raise
        worker.send(call.request)

    def _zygote_for(self, call: Call) -> FunctionZygote:
        if call.options.start == "fork" and self._warm is not None:
            return self._warm
        zygote = FunctionZygote()
        self._zygotes.append(zygote)
        self._selector.register(zygote.control, selectors.EVENT_READ, partial(self._hear, zygote))
        if call.options.start == "fork":
            self._warm = zygote
        return zygote

    def _read(self, running: RunningCall) -> None:
        if running.worker.number not in self._running:
            return  # It has ended in the same turn.
        running.read()
        if running.worker.closed:
            self._unregister(running.worker.socket)

    def _hear(self, zygote: FunctionZygote) -> None:
        if not zygote.lost:
            for message in zygote.receive():
                self._take(zygote, message)

    def _take(self, zygote: FunctionZygote, message: Message) -> None:
        running = self._running.get(getattr(message, "worker", 0))
        if running is None or running.zygote is not zygote:
            zygote.give_up(f"spoke of a process that it has not: {type(message).__name__}")
            return
        match message:
            case WorkerForked():
                running.worker.note_fork()
            case WorkerNotForked(_, reason, _):
                self._finish(running, Ended(CouldNotStart(f"{running.call.name}: fork failed: {reason}")))
            case WorkerExited():
                self._finish(running, running.exited(message))
            case _:
                zygote.give_up(f"sent a {type(message).__name__}")

    def _finish(self, running: RunningCall, ended: Ended) -> None:
        self._let_go(running)
        self._tell(running.call, ended)

    def _let_go(self, running: RunningCall) -> None:
        """Of its worker, and of a zygote that was started for this call alone."""
        self._forget(running)
        if running.zygote is not self._warm and not running.zygote.lost:
            running.zygote.close()
            self._drop(running.zygote)

    def _lose(self, zygote: FunctionZygote) -> None:
        self._drop(zygote)
        for running in [each for each in self._running.values() if each.zygote is zygote]:
            call, ended = running.call, running.lost(zygote.lost)
            self._forget(running)
            if zygote.is_ready and running.may_go_elsewhere:
                call.is_second_try = True
                self._waiting.appendleft(call)
            else:
                self._tell(call, ended)

    def _forget(self, running: RunningCall) -> None:
        del self._running[running.worker.number]
        self._unregister(running.worker.socket)
        running.worker.close()

    def _drop(self, zygote: FunctionZygote) -> None:
        self._unregister(zygote.control)
        self._zygotes.remove(zygote)
        if zygote is self._warm:
            self._warm = None

    def _tell(self, call: Call, ended: Ended) -> None:
        del self._unfinished[call]
        call.on_end(ended)

    def _unregister(self, connected: socket.socket) -> None:
        # It is not registered, and if it is closed it has no number either.
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(connected)
