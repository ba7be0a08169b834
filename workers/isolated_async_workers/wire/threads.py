"""How many threads of this process a fork would leave in the middle of something: host and zygote both ask."""

from __future__ import annotations

import os
import threading

#: Module and name of what runs in threads that hold no lock: all that they do is wait for a connection, or they stand
#: still while a fork is made.
_HARMLESS = {
    ("pytest_rerunfailures", "ServerStatusDB.run_server"),
    ("isolated_async.functions.dispatcher", "Dispatcher._run"),
}


def count_threads() -> int:
    """The threads that matter, 1 where forking is safe.

    Counted by the kernel: threads that Python did not start (execnet's, a C library's) count as well.
    """
    return len(os.listdir("/proc/self/task")) - sum(_is_harmless(thread) for thread in threading.enumerate())


def other_threads() -> list[str]:
    """The names of those of them that Python knows, but for the main one."""
    return [
        thread.name
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not _is_harmless(thread)
    ]


def _is_harmless(thread: threading.Thread) -> bool:
    target = getattr(thread, "_target", None)
    return (getattr(target, "__module__", ""), getattr(target, "__qualname__", "")) in _HARMLESS
