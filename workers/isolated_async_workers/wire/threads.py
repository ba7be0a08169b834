"""How many threads of this process a fork would leave in the middle of something: host and zygote both ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from . import system

#: Seconds for which a thread that Python has joined may still be in the kernel's list (5 ms were seen with two idle
#: cores, before Python 3.13). Where a C library has threads, this is what it costs to ask.
_LEAVES_WITHIN = 0.02
#: Module and name of what runs in threads that hold no lock: all that they do is wait for a connection, or they stand
#: still while a fork is made.
_HARMLESS = {
    ("pytest_rerunfailures", "ServerStatusDB.run_server"),
    ("isolated_async.functions.dispatcher", "Dispatcher._run"),
}

#: Of a number of seconds. Behind a partial: a suite may stop the clocks when it is imported, see ``untouched.py``.
_sleep: Callable[[float], None] = partial(time.sleep)


def is_safe_to_fork() -> bool:
    """True if no other thread runs that matters."""
    # This is asked before every fork.
    return system.count_threads() == 1 or count_threads() == 1


def count_threads() -> int:
    """The threads that matter, 1 where forking is safe.

    Counted by the kernel: threads that Python did not start (execnet's, a C library's) count as well.
    """
    return settled_count(threading.active_count()) - sum(is_harmless(thread) for thread in threading.enumerate())


def settled_count(expected: int) -> int:
    """All threads, by the kernel's count, once those that Python has joined are out of it: then it is ``expected``."""
    deadline = system.monotonic() + _LEAVES_WITHIN
    while (count := system.count_threads()) > expected and system.monotonic() < deadline:
        _sleep(0.001)
    return count


def other_threads() -> list[str]:
    """The names of those of them that Python knows, but for the main one."""
    return [
        thread.name
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not is_harmless(thread)
    ]


def is_harmless(thread: threading.Thread) -> bool:
    """True for one that a fork leaves in the middle of nothing."""
    target = getattr(thread, "_target", None)
    return (getattr(target, "__module__", ""), getattr(target, "__qualname__", "")) in _HARMLESS
