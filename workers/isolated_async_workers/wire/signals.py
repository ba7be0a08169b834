"""The signal with which the host asks a worker where it stands."""

from __future__ import annotations

import signal

#: A real-time signal: unlike SIGUSR1 and SIGALRM, test suites have no other use for it.
DUMP_SIGNAL: int = getattr(signal, "SIGRTMAX", 64) - 1
