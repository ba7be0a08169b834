"""What the end of a process is called."""

from __future__ import annotations

import signal

from .system import STATUS_NAMES


def signal_name(number: int) -> str:
    """``SIGKILL`` for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def status_name(status: int) -> str:
    """The exit status, and what it means where that is known: ``0xC0000005 (access violation)``."""
    meaning = STATUS_NAMES.get(status)
    number = f"0x{status:08X}" if status > 0xFFFF else str(status)
    return number if meaning is None else f"{number} ({meaning})"
