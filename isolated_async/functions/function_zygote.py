"""The dispatcher's end of one zygote for functions: a fresh interpreter that knows nothing of any suite.

::

    dispatcher --ask_for, signal--> FunctionZygote ==(control socket)==> zygote
               <--messages, or why it is lost--'

Guarantee: once :attr:`lost` says why, or after ``close``, nothing that it has started is alive.
"""

from __future__ import annotations

import socket

from isolated_async_workers.wire.function_zygote import FUNCTION_ZYGOTE
from isolated_async_workers.wire.messages import (
    PROTOCOL_VERSION,
    Message,
    ProtocolError,
    ZygoteFailed,
    ZygoteReady,
)
from isolated_async_workers.wire.system import WHY_NO_DESCRIPTORS

from .. import clock
from ..processes.fresh_interpreter import start_interpreter
from ..processes.interpreter import interpreter_command
from ..processes.start_method import FORK_LIMIT_S, StartMethod
from ..processes.starts_workers import StartsWorkers
from ..processes.step import Step
from ..processes.worker_handle import WorkerHandle
from ..processes.worker_starter import WorkerStarter


def method_of_call() -> StartMethod:
    """How the worker of a call comes to be: it is forked; where that cannot be, it is a fresh interpreter."""
    if not WHY_NO_DESCRIPTORS:
        return StartMethod(FORK_LIMIT_S)
    return StartMethod(FORK_LIMIT_S, command=interpreter_command("isolated_async_workers.functions.piped_worker"))


class FunctionZygote:
    """One zygote; all but the constructor is called in the thread that has started it: it ends with that thread."""

    def __init__(self) -> None:
        """Raises OSError if there is no process for it."""
        # Where there are no zygotes, this process starts a fresh interpreter for each call.
        self._handle: StartsWorkers = WorkerStarter() if WHY_NO_DESCRIPTORS else start_interpreter(FUNCTION_ZYGOTE)
        self._ready_by: float | None = clock.now() + FORK_LIMIT_S
        #: Why it is of no more use; empty while it is.
        self.lost = ""

    @property
    def control(self) -> socket.socket:
        """To be waited for."""
        return self._handle.control

    @property
    def due_at(self) -> float | None:
        """When it must have got ready."""
        return self._ready_by

    @property
    def is_ready(self) -> bool:
        """True once it has said that it can fork."""
        return self._ready_by is None

    def ask_for(self, worker: WorkerHandle) -> None:
        """Ask for a worker; that there is none shows later."""
        self._handle.ask_for(worker)

    def signal(self, worker: WorkerHandle, step: Step) -> None:
        """Have a signal sent."""
        if not self.lost:
            self._handle.signal(worker.number, step.signal, step.whole_group)

    def receive(self) -> list[Message]:
        """What it says about its workers; sets :attr:`lost` where it ends, or says what it must not."""
        try:
            messages = self._handle.receive()
        except ProtocolError as error:
            messages = None
            self.give_up(f"sent what is no message: {error}")
        if messages is None:
            self.give_up("")
            return []
        return [message for message in messages if not self._concerns_itself(message)]

    def step(self, now: float) -> None:
        """Give up on a zygote that does not get ready."""
        if self._ready_by is not None and now >= self._ready_by:
            self.give_up(f"was not ready after {FORK_LIMIT_S:g} s")

    def give_up(self, reason: str) -> None:
        """End it; ``reason`` is empty where it has ended by itself."""
        if not self.lost:
            output = self._handle.output()
            end = self._handle.close()
            self.lost = f"the process that forks for functions {reason or end}\n{output}".rstrip()

    def close(self) -> None:
        """End it, and with it all that it has started; returns when they are gone."""
        self.give_up("was closed")

    def forget(self) -> None:
        """In a fork of the process that it belongs to: close what is the other's, and say nothing to it."""
        self._handle.forget()

    def _concerns_itself(self, message: Message) -> bool:
        match message:
            case ZygoteReady(protocol):
                self._ready_by = None
                if protocol != PROTOCOL_VERSION:
                    self.give_up(f"speaks protocol {protocol}, and this is {PROTOCOL_VERSION}")
            case ZygoteFailed(reason):
                self.give_up(f"failed\n{reason}")
            case _:
                return False
        return True
