"""Whether the next case may begin while the worker of this one still leaves.

::

    last report --> children? threads? much memory? --none--> every file closed --CaseFinished--> the process leaves
                                                                                       `--> host: the next case

To leave takes a process as long as a short test: the kernel takes its memory back, page by page. Of a worker that has
finished nothing is left by then that could act, or be in the way of another test.
"""

from __future__ import annotations

import contextlib

from . import reserved_descriptors, system, untouched
from .wire.system import count_threads, open_descriptors

#: What a case may have taken, and another one may need.
_LITTLE_BYTES = 64 * 1024 * 1024


class Parting:
    """Of one worker; made before its first case."""

    def __init__(self) -> None:
        self._peak_before = system.peak_rss()

    def close_what_is_left(self) -> bool:
        """Close every file that the worker's cases have left open; True if nothing else of them is left.

        The worker has only to say that it has finished. What is closed is not flushed: neither is it without this.
        """
        # The test may have broken whatever this looks at: then the host waits.
        with contextlib.suppress(BaseException):
            taken = (system.peak_rss() - self._peak_before) * system.PEAK_RSS_UNIT_BYTES
            if taken <= _LITTLE_BYTES and count_threads() == 1 and not system.has_children():
                return _close_files()
        return False


def _close_files() -> bool:
    """False where nobody knows them."""
    listed = {int(number) for number in open_descriptors()}
    if reserved_descriptors.CHANNEL not in listed:
        return False
    for number in listed - reserved_descriptors.OURS:
        with contextlib.suppress(OSError):
            untouched.close(number)
    return True
