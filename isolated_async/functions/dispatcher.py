"""The one thread of a pool: it starts processes, listens to them, and ends them. Nobody else speaks to them.

::

    any thread --submit, cancel, close--> orders --a socket wakes--> thread --> CallsInFlight ==> zygotes, workers
    whoever waits <--on_end: Ended----------------------------------------------'

Guarantees:

* each call that was submitted ends exactly once, whatever becomes of its process, its zygote or this thread's work;
* it ends when its process and all that this has started is gone;
* after ``close``, at the end of the interpreter, and when this process is killed, nothing is left;
* a fork of this process has nothing to do with any of it, and is made while the thread waits: it is as safe as without.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import threading
import traceback
from collections import deque
from collections.abc import Callable
from functools import partial

from isolated_async_workers.wire.system import call_at_fork

from .calls_in_flight import CallsInFlight
from .errors import CouldNotStart, IsolatedError, PoolClosed
from .running_call import Call

_THREAD = "isolated-async functions"
#: Seconds for which a fork of this process waits until the thread has nothing in hand: milliseconds, usually.
FORK_PATIENCE_S = 1.0


class Dispatcher:
    """Runs at most ``workers`` calls at a time; the thread starts with the first one."""

    def __init__(self, workers: int) -> None:
        self._owner = os.getpid()
        # A handler of a signal may call a function too, and interrupt what holds it.
        self._lock = threading.RLock()
        #: Held by the thread while it does anything but wait.
        self._at_work = threading.RLock()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        #: Of ours, by which it has ended.
        self._mistake: IsolatedError | None = None
        self._orders: deque[Callable[[], None]] = deque()
        self._ends: tuple[socket.socket, ...] = ()
        #: The thread's own.
        self._calls = CallsInFlight(workers)

    @property
    def is_usable(self) -> bool:
        """False once it is closed, and in a fork of its process."""
        return not self._is_closed and self._owner == os.getpid()

    @property
    def is_this_thread(self) -> bool:
        """True in a callback of its own: to wait there for a call is to wait for ever."""
        return self._thread is threading.current_thread()

    def submit(self, call: Call) -> None:
        """Have this function called.

        Raises:
            PoolClosed: it is too late, or this process is a fork of the pool's.
            CouldNotStart: there is no thread to be had, or no descriptor.
            IsolatedError: the pool has ended by a mistake of ours.
        """
        self._check_owner()
        with self._lock:
            if self._is_closed:
                raise self._mistake or PoolClosed("the pool is closed")
            if self._thread is None:
                self._begin()
            self._order(partial(self._calls.add, call))

    def cancel(self, call: Call) -> None:
        """Nobody waits for this call any more: end it, if it has not ended."""
        if self._owner == os.getpid():
            with self._lock:
                self._order(partial(self._calls.cancel, call))

    def close(self) -> None:
        """End all calls that have not ended, and everything; returns when nothing is left. May be called twice."""
        if self._owner != os.getpid():
            return
        with self._lock:
            self._is_closed = True
            self._order(lambda: None)
        if self._thread is not None and self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def forget(self) -> None:
        """In a fork of its process: close the descriptors that are the other's."""
        self._calls.forget()
        for end in self._ends:
            end.close()

    def _check_owner(self) -> None:
        if self._owner != os.getpid():
            raise PoolClosed(
                f"the pool belongs to process {self._owner}, of which this one is a fork: make another one"
            )

    def _begin(self) -> None:
        try:
            self._ends = socket.socketpair()
        except OSError as error:
            text = f"there are no descriptors for the pool: {error.strerror} (errno {error.errno})"
            raise CouldNotStart(text) from error
        for end in self._ends:
            end.setblocking(False)
        self._calls.listen_to(self._ends[0], partial(_empty, self._ends[0]))
        self._thread = threading.Thread(target=self._run, name=_THREAD, daemon=True)
        _LIVE.add(self)
        try:
            self._thread.start()
        except BaseException as error:
            self._is_closed = True
            _LIVE.discard(self)
            if isinstance(error, RuntimeError):
                raise CouldNotStart(f"there is no thread for the pool: {error}") from error
            raise

    def _order(self, order: Callable[[], None]) -> None:
        self._orders.append(order)
        if self._ends:
            # Full: the thread is going to wake up anyway. Closed: it has ended.
            with contextlib.suppress(OSError):
                self._ends[1].send(b"\0")

    # The thread.

    def _run(self) -> None:
        reason: IsolatedError = PoolClosed("the pool was closed before the function had returned")
        try:
            while not self._is_closed:
                news = self._calls.wait()
                with self._at_work:
                    for take_in in news:
                        take_in()
                    self._obey()
                    self._calls.go_on()
        except BaseException:  # noqa: BLE001 - a mistake of ours must not keep anybody waiting for ever
            reason = IsolatedError(f"internal error of isolated-async; please report it\n{traceback.format_exc()}")
            self._mistake = reason
        finally:
            with self._at_work:
                self._end(reason)

    def _obey(self) -> None:
        while self._orders:
            self._orders.popleft()()

    def _end(self, reason: IsolatedError) -> None:
        with self._lock:
            self._is_closed = True
        _LIVE.discard(self)
        self._calls.end_processes()
        # What was asked for before that, and is not known to the calls yet.
        self._obey()
        for end in self._ends:
            end.close()
        self._calls.end_calls(reason)


def _empty(end: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        while end.recv(4096):
            pass


#: Those whose thread runs.
_LIVE: set[Dispatcher] = set()


@atexit.register
def _close_all() -> None:
    for dispatcher in list(_LIVE):
        dispatcher.close()


class _HeldForAFork(threading.local):
    """What the thread that forks holds meanwhile: so no lock of anybody is held by a thread that the copy lacks."""

    def __init__(self) -> None:
        self._held: list[threading.RLock] = []

    def hold(self) -> None:
        # What waits for the very thread that forks, in a callback of a future, must not keep it for ever.
        locks = [dispatcher._at_work for dispatcher in list(_LIVE)]
        self._held = [lock for lock in locks if lock.acquire(timeout=FORK_PATIENCE_S)]

    def release(self) -> None:
        while self._held:
            self._held.pop().release()


_for_a_fork = _HeldForAFork()


def _forget_all() -> None:
    for dispatcher in list(_LIVE):
        dispatcher.forget()
    _LIVE.clear()


call_at_fork(before=_for_a_fork.hold, after_in_parent=_for_a_fork.release, after_in_child=_forget_all)
