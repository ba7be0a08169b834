"""The agent: what owns the zygote of another machine, and is its host as far as the zygote can tell.

::

    relay ==(execnet channel)==> agent ==(control socket)==> zygote --fork--> worker
                                   `=====(socket, pipes, files of each worker)===='

Guarantees:

* when the channel ends, or nobody is heard on it, its zygote, every worker and its temporary files go;
* what a worker has said, and left in its files, is sent before it is said that the worker has ended;
* faulthandler's text is sent before what the worker says after it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from isolated_async_workers.wire.framing import FrameDecoder, encode
from isolated_async_workers.wire.messages import (
    CollectSuite,
    ForkWorker,
    Message,
    ProtocolError,
    SignalWorker,
    SpawnWorker,
    WorkerExited,
    WorkerForked,
    WorkerNotForked,
)
from isolated_async_workers.wire.system import READABLE, new_poll, why_unsupported

from ..processes.launch import spawn_zygote
from ..processes.start_method import StartMethod, start_methods
from ..processes.worker_handle import WorkerHandle
from ..processes.zygote_handle import ZygoteHandle
from .items import Chunk, Control, Failed, Found, Item, Leave, Serve, StillHere, Taken
from .link import HEARTBEAT_S, Link
from .mirror import Mirror
from .proof import digest_of


def serve(channel: Any) -> None:
    """Be the agent of the relay at the other end of ``channel``, until that ends."""
    link = Link(channel)
    agent = Agent(link)
    try:
        while link.broken is None and not agent.is_leaving:
            agent.listen()
    except Exception as error:  # noqa: BLE001 - whatever it is, somebody has to hear of it
        link.send(Failed(f"the agent there failed: {type(error).__name__}: {error}"))
    finally:
        agent.close()
    link.flush()
    if link.is_silent and agent.may_exit:
        # Execnet would go on waiting for a connection that the kernel takes for alive, for hours.
        os._exit(1)


class Agent:
    """Serves one relay."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._zygote: ZygoteHandle | None = None
        self._mirrors: dict[int, Mirror] = {}
        self._decoder = FrameDecoder()
        self._basetemp = ""
        self.is_leaving = False
        self.may_exit = False

    def listen(self) -> None:
        """Wait for something to happen, bounded, and take it in."""
        poll = new_poll()
        poll.register(self._link, READABLE)
        if self._zygote is not None:
            poll.register(self._zygote.control, READABLE)
        for mirror in self._mirrors.values():
            for descriptor, events in mirror.interests():
                poll.register(descriptor, events)
        ready = {descriptor for descriptor, _ in poll.poll(HEARTBEAT_S * 1000)}
        for mirror in list(self._mirrors.values()):
            mirror.move(ready)
        # The zygote last: it tells that workers are gone, and what they said comes before that.
        if self._zygote is not None and self._zygote.control.fileno() in ready:
            self._read_zygote(self._zygote)
        for item in self._link.items():
            self._obey(item)
        for number in [number for number, mirror in self._mirrors.items() if mirror.send_end()]:
            self._mirrors.pop(number).close()
        self._link.keep_alive()

    def close(self) -> None:
        """End the zygote, and with it every worker; leave no file."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None
        for mirror in self._mirrors.values():
            mirror.close()
        self._mirrors.clear()
        if self._basetemp:
            shutil.rmtree(self._basetemp, ignore_errors=True)

    def _obey(self, item: Item) -> None:
        match item:
            case Serve():
                self._start(item)
            case Control(frame):
                for message in self._decoder.feed(frame):
                    self._obey_host(message)
            case Chunk(worker) | Taken(worker) if worker in self._mirrors:
                self._mirrors[worker].take(item)
            case Leave():
                self.is_leaving = True
            case Chunk() | Taken() | StillHere():
                pass
            case _:
                raise ValueError(f"an agent does not take {type(item).__name__}")

    def _start(self, request: Serve) -> None:
        self.may_exit = request.may_exit
        if reason := why_unsupported():
            self._fail(reason)
            return
        directory = os.getcwd()
        digests = {name: digest_of(Path(directory, name)) for name in request.files}
        self._link.send(Found(directory, digests))
        if request.is_searched:
            sys.path.insert(0, directory)
        if request.addopts:
            os.environ["PYTEST_ADDOPTS"] = request.addopts
        else:
            os.environ.pop("PYTEST_ADDOPTS", None)
        self._basetemp = tempfile.mkdtemp(prefix="isolated-async-")
        suite = CollectSuite(request.arguments, directory, self._basetemp, None, request.options, request.coverage, [])
        self._zygote = spawn_zygote(suite)
        # Whether there may be forks, the host has said.
        self._methods = start_methods(suite, fork_anyway=True)

    def _obey_host(self, message: Message) -> None:
        if self._zygote is None:
            return
        match message:
            case ForkWorker(worker) | SpawnWorker(worker):
                try:
                    handle = WorkerHandle(worker, self._method_of(message))
                except OSError as error:
                    self._tell(WorkerNotForked(worker, f"{error.strerror} (errno {error.errno})", unsafe=False))
                else:
                    self._mirrors[worker] = Mirror(self._link, handle)
                    self._zygote.ask_for(handle)
            case SignalWorker(worker, signal_number, whole_group):
                self._zygote.signal(worker, signal_number, whole_group)
            case _:
                raise ProtocolError(f"an agent does not take {type(message).__name__}")

    def _method_of(self, order: ForkWorker | SpawnWorker) -> StartMethod:
        """What the host has ordered, as it is done here."""
        if isinstance(order, SpawnWorker):
            return self._methods["spawn"]
        return replace(self._methods["fork"], anyway=order.anyway)

    def _read_zygote(self, zygote: ZygoteHandle) -> None:
        messages = zygote.receive()
        if messages is None:
            self._lose(zygote)
            return
        for message in messages:
            match message:
                case WorkerForked(worker) if worker in self._mirrors:
                    self._mirrors[worker].note_fork()
                    self._tell(message)
                case WorkerExited(worker) if worker in self._mirrors:
                    self._mirrors[worker].end(message)
                case WorkerNotForked(worker) if worker in self._mirrors:
                    self._mirrors.pop(worker).close()
                    self._tell(message)
                case _:
                    self._tell(message)

    def _lose(self, zygote: ZygoteHandle) -> None:
        output = zygote.output()
        self._zygote = None
        self._fail(f"the process that forks the workers there {zygote.close()}\n{output}".rstrip())

    def _tell(self, message: Message) -> None:
        self._link.send(Control(encode(message)))

    def _fail(self, reason: str) -> None:
        for mirror in self._mirrors.values():
            mirror.send_rest()
        self._link.send(Failed(reason))
