"""A debugger in a worker asks for the user's terminal: it is lent, or refused where it cannot be."""

from __future__ import annotations

from isolated_async_workers.wire.messages import DebuggerClosed, DebuggerOpened, TerminalRefused
from isolated_async_workers.wire.system import WHY_NO_DESCRIPTORS

from ..processes.machines import Machines
from ..processes.step import CTRL_C
from ..terminal.user_terminal import UserTerminal
from .case import Case
from .events import Event


class Debuggers:
    """Answers those of one session."""

    def __init__(self, machines: Machines, terminal: UserTerminal) -> None:
        self._machines = machines
        self._terminal = terminal

    def take(self, case: Case, event: Event) -> bool:
        """Do what this event of the case at its turn asks for; False if it is not about a debugger."""
        if isinstance(event, DebuggerOpened) and (worker := case.worker) is not None:
            machine = self._machines.of(worker)
            if WHY_NO_DESCRIPTORS:
                worker.send(TerminalRefused(_REFUSAL_HERE))
            elif machine.is_local:
                worker.lend(self._terminal.lend(event.process_group, lambda: self._machines.signal(worker, CTRL_C)))
            else:
                worker.send(TerminalRefused(_refusal(machine.name)))
        elif isinstance(event, DebuggerClosed):
            self._terminal.take_back()
        return isinstance(event, DebuggerOpened | DebuggerClosed)


_REFUSAL_HERE = (
    f"a debugger was opened in a worker, which cannot have this terminal ({WHY_NO_DESCRIPTORS}); "
    "with --isolated-loop-mode=off it is opened in this process"
)


def _refusal(machine: str) -> str:
    return (
        f"a debugger was opened on another machine ({machine}), where it has no terminal; "
        "with --pdb or --trace, or without --isolated-loop-tx, every test runs on this one"
    )
