"""The zygote: a frozen process that has collected the suite and only starts workers.

::

    host ==(control socket)==> zygote --fork--> worker 1   (runs a case, talks to the host by itself)
                                  |  `--exec--> worker 2   (a fresh interpreter: see spawned_worker.py)
                                  `-- end of each: reap, kill what is left, WorkerExited ==> host

Guarantees:

* it never runs a test, a fixture or a finalizer of the suite, so every worker starts from the same state;
* it has no running loop, and forks only while it has one thread, unless the user has asked for forks by name;
* ``WorkerExited`` is sent when the worker and all its descendants are gone, and not before;
* when the host goes away, for whatever reason, every worker is killed and the zygote leaves (see ``keeper.py`` for the
  other way round).
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import traceback
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NoReturn

from . import process_tree, reserved_descriptors, system
from .last_resort import leaving_as_worker
from .spawning import spawn_worker
from .wire.control_socket import ControlSocket
from .wire.descriptors import WorkerDescriptors
from .wire.light_dataclass import dataclass
from .wire.messages import (
    PROTOCOL_VERSION,
    ForkWorker,
    Message,
    ProtocolError,
    SignalWorker,
    SpawnWorker,
    WorkerExited,
    WorkerForked,
    WorkerNotForked,
    ZygoteFailed,
    ZygoteReady,
)
from .wire.shared_page import SharedPage
from .wire.system import KILL_SIGNAL, READABLE, new_poll
from .wire.threads import count_threads, is_safe_to_fork, other_threads


class Forks(ABC):
    """What the forks of a zygote are."""

    def about_to_fork(self) -> None:  # noqa: B027 - for those that have something to do
        """In the zygote."""

    @abstractmethod
    def be_worker(self, number: int, descriptors: WorkerDescriptors, page: SharedPage) -> None:
        """In the fork, which is worker ``number``."""


@contextlib.contextmanager
def leaving(control: ControlSocket) -> Iterator[None]:
    """Leave the process at the end of the block; if it raises, after telling the host why."""
    try:
        yield
    except BaseException:  # noqa: BLE001 - SystemExit and pytest's own exits too: the host must hear of all
        control.send(ZygoteFailed(traceback.format_exc()))
    finally:
        # Neither atexit handlers nor buffers that this process inherited are its own.
        os._exit(0)


@dataclass(slots=True)
class _Forked:
    pid: int
    #: A descriptor that is readable when it has ended.
    end: int
    page: SharedPage


class Zygote:
    """Serves one host over one control socket; ``forks`` are what it forks."""

    def __init__(self, control: ControlSocket, forks: Forks) -> None:
        self._control = control
        self._forks = forks
        self._workers: dict[int, _Forked] = {}
        self._by_end: dict[int, int] = {}
        self._poll = new_poll()

    def serve(
        self,
        node_ids: list[str] | None = None,
        not_forked: dict[str, str] | None = None,
        errors: Sequence[str] = (),
    ) -> None:
        """Start workers and reap them until the host closes the control socket; say first what was collected."""
        # What a suite starts when it is imported, its workers share, and it ends with the run.
        self._of_the_suite = frozenset(system.children())
        system.adopt_orphans()
        self._handlers_of_the_suite = {
            number: signal.signal(number, handler)
            for number, handler in (
                # The host's end closes the control socket, unless a child of the host holds it open: then this tells.
                (signal.SIGTERM, self._leave_at_once),
                # Workers that nobody else has waited for: a suite may ignore their ends, or reap whatever it finds.
                (system.CHILD_SIGNAL, signal.SIG_DFL),
            )
        }
        reserved_descriptors.reserve()
        self._poll.register(self._control, READABLE)
        # Whoever started this process has collected the garbage: frozen alive, it would keep dead classes in
        # __subclasses__().
        gc.freeze()
        self._control.send(ZygoteReady(PROTOCOL_VERSION, node_ids, count_threads(), not_forked or {}, list(errors)))
        try:
            self._obey_buffered()
            while True:
                for descriptor, _ in self._poll.poll():
                    if descriptor != self._control.fileno():
                        self._reap(self._by_end[descriptor])
                    elif self._control.fill():
                        self._obey_buffered()
                    else:
                        return
        finally:
            self._kill_everything()

    def _obey_buffered(self) -> None:
        while (message := self._control.next_message()) is not None:
            self._obey(message)

    def _obey(self, message: Message) -> None:
        match message:
            case ForkWorker(worker, anyway):
                if anyway or is_safe_to_fork():
                    self._start(worker, partial(self._fork, worker))
                else:
                    self._refuse(worker)
            case SpawnWorker(worker, command):
                self._start(worker, partial(spawn_worker, command, worker))
            case SignalWorker(worker, signal_number, whole_group):
                self._signal(worker, signal_number, whole_group)
            case _:
                raise ProtocolError(f"a zygote does not take {type(message).__name__}")

    def _start(self, worker: int, start: Callable[[WorkerDescriptors], tuple[int, SharedPage]]) -> None:
        try:
            with self._received() as descriptors:
                pid, page = start(descriptors)
        except OSError as error:
            self._control.send(WorkerNotForked(worker, f"{error.strerror} (errno {error.errno})", unsafe=False))
            return
        try:
            forked = _Forked(pid, system.open_end(pid), page)
        except OSError as error:
            os.kill(pid, KILL_SIGNAL)
            os.waitpid(pid, 0)
            reason = f"its end cannot be waited for: {error.strerror} (errno {error.errno})"
            self._control.send(WorkerNotForked(worker, reason, unsafe=False))
            return
        self._workers[worker] = forked
        self._by_end[forked.end] = worker
        self._poll.register(forked.end, READABLE)
        self._control.send(WorkerForked(worker))

    @contextlib.contextmanager
    def _received(self) -> Iterator[WorkerDescriptors]:
        """What has come for a worker; it is closed here at the end.

        Raises:
            OSError: there is no room for it.
        """
        descriptors = self._control.next_descriptors()
        try:
            yield descriptors
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _refuse(self, worker: int) -> None:
        with contextlib.suppress(OSError), self._received():
            pass
        names = ", ".join(other_threads()) or "not started by Python"
        self._control.send(WorkerNotForked(worker, f"there are {count_threads()} threads ({names})", unsafe=True))

    def _fork(self, worker: int, descriptors: WorkerDescriptors) -> tuple[int, SharedPage]:
        zygote = os.getpid()
        page = SharedPage()
        self._forks.about_to_fork()
        pid = _fork_quietly()
        if pid == 0:
            self._become_worker(worker, descriptors, page, zygote)
        with contextlib.suppress(PermissionError, ProcessLookupError):
            # The worker does the same: whoever comes first, it has its group before it can be signalled.
            system.lead_group(pid)
        return pid, page

    def _become_worker(self, worker: int, descriptors: WorkerDescriptors, page: SharedPage, zygote: int) -> NoReturn:
        with leaving_as_worker(page):
            process_tree.lead_group_under(zygote)
            for signal_number, handler in self._handlers_of_the_suite.items():
                # One that is not Python's cannot be put back.
                signal.signal(signal_number, handler or signal.SIG_DFL)
            for other in self._workers.values():
                system.close_end(other.end)
                other.page.close()
            self._control.close()
            self._forks.be_worker(worker, descriptors, page)
        raise AssertionError("unreachable")

    def _signal(self, worker: int, signal_number: int, whole_group: bool) -> None:
        forked = self._workers.get(worker)
        if forked is None:
            return
        if whole_group:
            process_tree.kill_group(forked.pid, signal_number)
        # A test may have moved its process to another group: ours is the worker all the same.
        # It may also run as somebody else (sudo), and has to end by itself then.
        with contextlib.suppress(PermissionError, ProcessLookupError):
            if not whole_group or system.group_of(forked.pid) != forked.pid:
                os.kill(forked.pid, signal_number)

    def _reap(self, worker: int) -> None:
        forked = self._workers.pop(worker)
        del self._by_end[forked.end]
        self._poll.unregister(forked.end)
        system.close_end(forked.end)
        # The group first, while the unreaped leader still holds its number.
        process_tree.kill_group(forked.pid)
        # Then what it left, which is ours since its end: a debugger among that would keep its status from us.
        known = {forked.pid, *(other.pid for other in self._workers.values())}
        process_tree.kill_strays(self._of_the_suite | known)
        status, cpu_s, peak_rss, faults = system.wait_with_usage(forked.pid)
        peak_rss_bytes = peak_rss * system.PEAK_RSS_UNIT_BYTES
        self._tell_end(_exit_message(worker, status, peak_rss_bytes, forked.page.read()), cpu_s, faults)
        forked.page.close()

    def _tell_end(self, exited: WorkerExited, cpu_s: float, faults: int) -> None:
        """The worker is gone, after so many seconds of user plus system time and minor page ``faults``."""
        self._control.send(exited)

    def _leave_at_once(self, signal_number: int, frame: object) -> NoReturn:
        self._kill_everything()
        os._exit(0)

    def _kill_everything(self) -> None:
        for forked in self._workers.values():
            process_tree.kill_group(forked.pid)
        process_tree.kill_strays(frozenset())


def _fork_quietly() -> int:
    """Fork without the warning about threads: the host shows it, once. Both processes leave with their filters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return system.fork()


def _exit_message(worker: int, status: int, peak_rss_bytes: int, last_words: str) -> WorkerExited:
    exit_code, signal_number = (None, -status) if status < 0 else (status, None)
    return WorkerExited(worker, exit_code, signal_number, peak_rss_bytes, last_words)
