"""The signals that a worker is sent, and to how much of it."""

from __future__ import annotations

import signal

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.system import DUMP_SIGNAL, INTERRUPT_SIGNAL, KILL_SIGNAL, LOOK_SIGNAL


@dataclass(frozen=True, slots=True)
class Step:
    """A signal to send, and whether to the worker alone or to its whole process group."""

    signal: int
    whole_group: bool


ASK_FOR_STACKS = Step(DUMP_SIGNAL, whole_group=False)
INTERRUPT = Step(INTERRUPT_SIGNAL, whole_group=False)
TERMINATE = Step(signal.SIGTERM, whole_group=True)
KILL = Step(KILL_SIGNAL, whole_group=True)
#: No part of a deadline: to ask one that goes on,
LOOK = Step(LOOK_SIGNAL, whole_group=False)
#: and what a terminal sends.
CTRL_C = Step(signal.SIGINT, whole_group=True)
