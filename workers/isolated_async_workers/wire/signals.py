"""The signals with which the host asks a worker where it stands, and ends a stage whose time is up."""

from __future__ import annotations

import signal

#: Real-time signals: unlike SIGUSR1 and SIGALRM, test suites have no other use for them.
DUMP_SIGNAL: int = getattr(signal, "SIGRTMAX", 64) - 1
INTERRUPT_SIGNAL: int = DUMP_SIGNAL - 1
