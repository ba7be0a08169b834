"""The relay: a local process that stands for the zygote of another machine.

::

    host ==(control socket; socket, pipes, files of each worker)==> relay ==(execnet channel)==> agent ==> zygote

Execnet's threads and ssh are here, and not in the host: tests of the host may fork it.

Guarantees:

* before it says that the zygote is ready, versions, files and tests over there have been compared;
* what a worker has said is with the host before it hears that the worker has ended;
* when the machine is lost, it says so once, with all that was heard before, as far as the host takes it within seconds;
* it ends with the host, and nothing that it has started is left.
"""

from __future__ import annotations

import itertools
import os
import select
import socket
from typing import Any, NoReturn

from isolated_async_workers.wire.control_socket import ControlSocket
from isolated_async_workers.wire.framing import FrameDecoder, encode
from isolated_async_workers.wire.messages import (
    ConnectMachine,
    ForkWorker,
    MachineLost,
    MachineProven,
    Message,
    ProtocolError,
    SignalWorker,
    SpawnWorker,
    WorkerExited,
    WorkerNotForked,
    ZygoteFailed,
    ZygoteReady,
)
from isolated_async_workers.wire.system import READABLE, WRITABLE, new_poll

from .. import clock
from .connection import Connection, Unreachable
from .counterpart import Counterpart
from .items import Chunk, Control, Failed, Found, Item, Leave, Remains, Serve, StillHere, Taken
from .link import HEARTBEAT_S, Link
from .proof import file_differences, test_differences

#: Seconds in which the agent ends what it has over there, at the end of the run: less than the host waits for us.
_END_LIMIT_S = 3.0
#: Seconds in which the host takes what was heard of a machine that is lost; it may be busy with a test of its own.
_HAND_OVER_LIMIT_S = 3.0
_POLL_S = 0.1


class _Lost(Exception):
    """The machine is of no more use: the text says why."""


class _HostGone(Exception):
    """The run is over, or the host is dead."""


def main(descriptor: int, host: int) -> NoReturn:
    """Be the relay of the host process ``host``, which holds the other end of the socket ``descriptor``."""
    connected = socket.socket(fileno=descriptor)
    connected.set_inheritable(False)
    relay = Relay(ControlSocket(connected), host)
    try:
        relay.run()
    finally:
        relay.close()
        # Execnet's threads may be in the middle of anything.
        os._exit(0)


class Relay:
    """Serves one host."""

    def __init__(self, control: ControlSocket, host: int) -> None:
        self._control = control
        self._host = host
        self._connection: Connection | None = None
        self._link: Link | None = None
        self._is_alive = False
        self._counterparts: dict[int, Counterpart] = {}
        self._decoder = FrameDecoder()
        self._problems: list[str] = []
        self._directory = ""

    def run(self) -> None:
        """Until the host or the machine is gone."""
        try:
            self._request = self._receive_request()
            link = self._link = Link(self._connect(self._request))
            self._is_alive = True
            self._ask_to_serve(link)
            while True:
                self._listen(link)
        except _HostGone:
            return
        except (_Lost, Unreachable) as error:
            self._hand_over()
            self._tell_ends()
            self._control.send(MachineLost(str(error)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the host has to hear of it
            self._control.send(MachineLost(f"the relay to it failed: {type(error).__name__}: {error}"))

    def close(self) -> None:
        """End what there is over there, and what was started here for that."""
        if self._link is not None and self._is_alive:
            self._link.send(Leave())
            until = clock.now() + _END_LIMIT_S
            while self._link.broken is None and clock.now() < until:
                select.select([self._link], [], [], _POLL_S)
                self._link.items()
            # It has ended everything, and closed the channel; else nobody is there to be asked.
            self._is_alive = self._link.broken is not None
        if self._connection is not None:
            self._connection.close(is_alive=self._is_alive)

    def _receive_request(self) -> ConnectMachine:
        while (message := self._control.next_message()) is None:
            if not self._control.fill():
                raise _HostGone
        if not isinstance(message, ConnectMachine):
            raise ProtocolError(f"a relay does not begin with {type(message).__name__}")
        return message

    def _connect(self, request: ConnectMachine) -> Any:
        self._connection = Connection(request.specs, request.chdir or request.directory)
        while (channel := self._connection.channel(_POLL_S)) is None:
            self._check_host()
            if select.select([self._control], [], [], 0)[0] and not self._control.fill():
                raise _HostGone
        return channel

    def _ask_to_serve(self, link: Link) -> None:
        request = self._request
        # A server of sockets serves others after this run.
        may_exit = not any(part.startswith("socket=") for part in request.specs[-1].split("//"))
        link.send(
            Serve(
                request.is_searched,
                request.arguments,
                request.options,
                request.coverage,
                request.addopts,
                list(request.digests),
                may_exit,
            )
        )

    def _check_host(self) -> None:
        # Its end of the control socket may be held open by a fork of it.
        if os.getppid() != self._host:
            raise _HostGone

    def _listen(self, link: Link) -> None:
        poll = new_poll()
        for each in (self._control, link):
            poll.register(each, READABLE)
        for counterpart in self._counterparts.values():
            for descriptor, events in counterpart.interests():
                poll.register(descriptor, events)
        ready = {descriptor for descriptor, _ in poll.poll(HEARTBEAT_S * 1000)}
        self._check_host()
        if self._control.fileno() in ready and not self._control.fill():
            raise _HostGone
        while (message := self._control.next_message()) is not None:
            self._obey(message, link)
        for counterpart in self._counterparts.values():
            counterpart.move(ready)
        for item in link.items():
            self._take(item)
        self._tell_ends()
        link.keep_alive()
        if link.broken is not None:
            self._is_alive = False
            raise _Lost(link.broken)

    def _hand_over(self) -> None:
        """Nothing more will be heard: write what was, as far as the host takes it."""
        until = clock.now() + _HAND_OVER_LIMIT_S
        while True:
            poll, is_done = new_poll(), True
            for counterpart in self._counterparts.values():
                counterpart.write()
                for descriptor, events in counterpart.interests():
                    if events & WRITABLE:
                        poll.register(descriptor, WRITABLE)
                        is_done = False
            if is_done or clock.now() > until:
                return
            poll.poll(_POLL_S * 1000)

    def _obey(self, message: Message, link: Link) -> None:
        match message:
            case ForkWorker(worker) | SpawnWorker(worker):
                try:
                    descriptors = self._control.next_descriptors()
                except OSError as error:
                    reason = f"{error.strerror} (errno {error.errno})"
                    self._control.send(WorkerNotForked(worker, reason, unsafe=False))
                    return
                self._counterparts[worker] = Counterpart(link, worker, descriptors)
            case SignalWorker():
                pass
            case _:
                raise ProtocolError(f"a relay does not take {type(message).__name__}")
        link.send(Control(encode(message)))

    def _take(self, item: Item) -> None:
        match item:
            case Found(directory, digests):
                self._directory = directory
                self._problems += file_differences(self._request.digests, digests)
            case Control(frame):
                for message in self._decoder.feed(frame):
                    self._hear(message)
            case Failed(reason):
                raise _Lost("\n".join([*self._problems, reason]))
            case Chunk(worker) | Taken(worker) | Remains(worker):
                if (counterpart := self._counterparts.get(worker)) is not None:
                    counterpart.take(item)
            case StillHere():
                pass
            case _:
                raise ProtocolError(f"an agent does not send {type(item).__name__}")

    def _hear(self, message: Message) -> None:
        """The zygote over there has said this."""
        match message:
            case ZygoteReady(_, node_ids, _, _, errors):
                self._compare(node_ids or [], errors)
                self._control.send(MachineProven(self._directory))
                self._control.send(message)
            case ZygoteFailed(reason):
                raise _Lost("\n".join([*self._problems, f"the tests cannot be collected there: {_error_of(reason)}"]))
            case WorkerExited(worker) if worker in self._counterparts:
                self._counterparts[worker].exited = message
            case WorkerNotForked(worker) if worker in self._counterparts:
                self._counterparts.pop(worker).close()
                self._control.send(message)
            case _:
                self._control.send(message)

    def _compare(self, node_ids: list[str], errors: list[str]) -> None:
        request = self._request
        self._problems += test_differences(request.node_ids, node_ids, may_have_more=request.collects_less)
        if self._problems:
            raise _Lost("\n".join([*self._problems, *(f"not collected there: {error}" for error in errors)]))

    def _tell_ends(self) -> None:
        for number in [number for number, each in self._counterparts.items() if each.is_over]:
            counterpart = self._counterparts.pop(number)
            counterpart.close()
            assert counterpart.exited is not None
            self._control.send(counterpart.exited)


def _error_of(text: str) -> str:
    """Of a traceback, what was raised at last: where, whoever runs pytest over there sees."""
    _, _, last = text.rpartition("Traceback (most recent call last):\n")
    return "\n".join(itertools.dropwhile(lambda line: line.startswith(" "), last.splitlines()))
