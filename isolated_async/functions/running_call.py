"""One call on its way: asked for, running, and what becomes of it.

::

    Call --a worker for it--> RunningCall: StageStarted, limit counts -> WindingUp, answer -> worker is gone -> Ended
                                `--time is up: stacks, interrupt, SIGTERM, SIGKILL (endings/deadline.py)'
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from isolated_async_workers.wire.last_words import CHANNEL_LOST, FAILED, OUT_OF_MEMORY
from isolated_async_workers.wire.messages import (
    CallFunction,
    CallRaised,
    CallReturned,
    CaseRefused,
    Message,
    ProtocolError,
    StacksDumped,
    StageStarted,
    WindingUp,
    WorkerExited,
)
from isolated_async_workers.wire.status_names import signal_name, status_name

from .. import clock
from ..endings.crash_text import shorten
from ..endings.deadline import LEAVE_LIMIT_S, StageDeadline
from ..processes.start_method import FORK_LIMIT_S
from ..processes.step import KILL, Step
from ..processes.worker_handle import WorkerHandle
from .ended import Ended
from .errors import CouldNotStart, IsolatedError, IsolatedTimeout, WorkerCrashed
from .function_zygote import FunctionZygote
from .options import CallOptions

#: Of what a function prints at most this many bytes are shown, the last ones.
_MAX_OUTPUT_BYTES = 16 * 1024 * 1024
#: The same of one that has died, in its error.
_MAX_OUTPUT_BYTES_OF_ERROR = 1024 * 1024
#: Lines of it that stand in the text of the error.
_SHOWN_LINES = 40

_Error = TypeVar("_Error", IsolatedTimeout, WorkerCrashed)


@dataclass(eq=False, slots=True)
class Call:
    """What somebody has asked for. ``on_end`` is called once, in the dispatcher's thread."""

    name: str
    request: CallFunction
    options: CallOptions
    on_end: Callable[[Ended], None]
    #: A call that has not begun when its zygote is lost goes to another one, once.
    is_second_try: bool = False


class RunningCall:
    """A call that has a worker, or has asked for one."""

    def __init__(self, call: Call, zygote: FunctionZygote, worker: WorkerHandle) -> None:
        self.call = call
        self.zygote = zygote
        self.worker = worker
        #: True once code of the caller's may have run.
        self.has_begun = False
        self._deadline = StageDeadline(call.options.timeout)
        self._has_timed_out = self._began_in_time = False
        self._is_winding_up = False
        self._stacks = ""
        self._answer: CallReturned | CallRaised | IsolatedError | None = None
        self._dead_by: float | None = None
        self._deadline.expect_start(clock.now(), FORK_LIMIT_S)

    @property
    def due_at(self) -> float | None:
        """When something is to be done for it, on the dispatcher's clock."""
        return self._deadline.at if self._dead_by is None else self._dead_by

    @property
    def may_go_elsewhere(self) -> bool:
        """True if it has not begun, and somebody still waits for it, and it has not gone elsewhere before."""
        return not self.has_begun and self._dead_by is None and not self.call.is_second_try

    def read(self) -> None:
        """Take in what the worker has said by now."""
        self.worker.read()
        try:
            for message in self.worker.messages():
                self._take(message)
        except ProtocolError as error:
            self._answer = self._crashed(f"sent what is no message: {error}")
            self.kill()

    def step(self, now: float) -> None:
        """Do what is due now."""
        if self._dead_by is not None:
            if now >= self._dead_by:
                self.zygote.give_up(f"has not ended a process for {LEAVE_LIMIT_S:g} s")
            return
        step = self._deadline.due(now)
        if step is None:
            return
        if self._answer is None and not self._has_timed_out:
            # A zygote that was stopped may yet wake up when it is killed, and begin.
            self._has_timed_out, self._began_in_time = True, self.has_begun
        self._signal(step)

    def kill(self) -> None:
        """Nobody waits for the value any more."""
        if self._dead_by is None:
            self._signal(KILL)

    def _signal(self, step: Step) -> None:
        if step is KILL:
            self._dead_by = clock.now() + LEAVE_LIMIT_S
        self.zygote.signal(self.worker, step)

    def _take(self, message: Message) -> None:
        now = clock.now()
        match message:
            case StageStarted():
                self.has_begun = True
                self._deadline.start_stage(now)
            case StacksDumped(why, _, text):
                self._stacks = f"{why}{text}"
                self._deadline.stacks_arrived(now)
            case WindingUp():
                self._is_winding_up = not self._has_timed_out
                self._deadline.wind_up(now)
            case CallReturned() | CallRaised():
                self._answer = message
                self._deadline.expect_end(now)
            case CaseRefused(reason):
                self._answer = CouldNotStart(f"{self.call.name}: its process cannot load what was sent\n{reason}")
                self._deadline.expect_end(now)
            case _:
                raise ProtocolError(f"a worker of functions does not send {type(message).__name__}")

    def exited(self, status: WorkerExited) -> Ended:
        """The worker and all that it had started is gone."""
        self.read()
        if (known := self._known_end()) is not None:
            return known
        crashed = self._crashed(_how(status))
        crashed.signal, crashed.exit_code = status.signal, status.exit_code
        return Ended(crashed)

    def lost(self, reason: str) -> Ended:
        """The zygote is gone, and with it the worker."""
        with contextlib.suppress(OSError):
            self.read()
        if (known := self._known_end()) is not None:
            return known
        if not self.has_begun:
            return Ended(CouldNotStart(f"{self.call.name}: {reason}"))
        return Ended(self._crashed(f"was lost: {reason}"))

    def _known_end(self) -> Ended | None:
        """What its end is, whatever becomes of its process; None if that tells."""
        if self._has_timed_out:
            return Ended(self._timed_out())
        if isinstance(self._answer, IsolatedError):
            return Ended(self._answer)
        if self._answer is not None:
            return Ended(self._answer, *self.worker.files.captured(_MAX_OUTPUT_BYTES))
        return None

    def _timed_out(self) -> IsolatedTimeout:
        limit = self.call.options.timeout
        name = self.call.name
        if not self._began_in_time:
            return self._with_remains(IsolatedTimeout, f"the process of {name} did not begin in {FORK_LIMIT_S:g} s")
        if self._is_winding_up or limit is None:
            headline = f"{name} has returned, and what it left on its loop did not end in {LEAVE_LIMIT_S:g} s"
            return self._with_remains(IsolatedTimeout, headline)
        error = self._with_remains(IsolatedTimeout, f"{name} took longer than {limit:g} s")
        error.timeout = limit
        return error

    def _crashed(self, how: str) -> WorkerCrashed:
        return self._with_remains(WorkerCrashed, f"the process of {self.call.name} {how}")

    def _with_remains(self, kind: type[_Error], headline: str) -> _Error:
        stdout, stderr = self.worker.files.captured(_MAX_OUTPUT_BYTES_OF_ERROR)
        stacks = (self._stacks or shorten(self.worker.files.crash_text())).rstrip()
        parts: list[tuple[str, str]] = [
            ("", stacks),
            ("its stdout:\n", _end_of(stdout)),
            ("its stderr:\n", _end_of(stderr)),
        ]
        error = kind("\n".join([headline, *(title + text for title, text in parts if text)]))
        error.stacks, error.stdout, error.stderr = stacks, stdout, stderr
        return error


def _how(status: WorkerExited) -> str:
    if status.last_words == CHANNEL_LOST:
        return "could not tell how it has ended: the function has closed or replaced the descriptors of others"
    if status.last_words == OUT_OF_MEMORY:
        return "had no memory left to tell how it has ended"
    if status.last_words == FAILED:
        return "could not tell how it has ended: what that takes was left in ruins"
    if status.signal is not None:
        return f"was killed by {signal_name(status.signal)}"
    assert status.exit_code is not None
    return f"exited with status {status_name(status.exit_code)} before the function had returned"


def _end_of(text: str) -> str:
    lines = text.rstrip().splitlines()
    left_out = [f"[{len(lines) - _SHOWN_LINES} lines are left out]"] if len(lines) > _SHOWN_LINES else []
    return "\n".join([*left_out, *lines[-_SHOWN_LINES:]])
