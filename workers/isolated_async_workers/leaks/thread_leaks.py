"""What a case left beside its loops: threads, pools, child processes.

They get a moment to end: what was told to stop may be on its way. Daemon threads are made to be left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from asyncio import base_subprocess
from concurrent.futures import thread as thread_pool
from functools import partial
from typing import Any

from .. import untouched
from .child_processes import describe_process, running_children
from .findings import Findings, Kind
from .origins import Origins

#: Seconds for threads and processes that are on their way to end. Well-behaved ones need none.
ENDING_GRACE_S = 0.1
_LOOK_AGAIN_S = 0.005

# What the test has put in their place must not run here.
_enumerate = threading.enumerate
_main_thread = threading.main_thread


class ThreadLeaks:
    """Looks at the threads and children of the worker, after the loops of the case were closed."""

    def __init__(self, origins: Origins, findings: Findings) -> None:
        self._origins = origins
        self._add = findings.add

    def look(self) -> None:
        """Give what ends its moment, then add what is left."""
        pools = [*self._thread_pools(), *_process_pools()]
        end = untouched.monotonic() + ENDING_GRACE_S
        while (self._threads() or self._children(pools)) and untouched.monotonic() < end:
            untouched.sleep(_LOOK_AGAIN_S)
        for pool, made_by in pools:
            origin = pool if self._origins.place_of(pool) is not None else made_by
            if self._origins.is_of_the_test(origin):
                self._add(Kind.POOL, partial(_describe_pool, pool), partial(self._origins.place_of, origin), pool)
        for thread in self._threads():
            self._add(Kind.THREAD, partial(_describe_thread, thread), partial(self._origins.place_of, thread), thread)
        for pid in sorted(self._children(pools)):
            self._add(Kind.PROCESS, partial(describe_process, pid), partial(self._origins.place_of_process, pid), pid)

    def _thread_pools(self) -> list[tuple[Any, Any]]:
        """Open pools that have threads, but for those that belong to a loop; each with what else tells its place."""
        things = list(self._origins.things())
        of_loops = [getattr(each, "_default_executor", None) for each in things if _is_loop(each)]
        return [
            (thing, thing)
            for thing in things
            if isinstance(thing, thread_pool.ThreadPoolExecutor)
            and thing._threads
            and not thing._shutdown
            and not any(thing is pool for pool in of_loops)
        ]

    def _threads(self) -> list[threading.Thread]:
        """Threads that keep an interpreter from leaving; those of a pool only if it was shut down, or is gone."""
        if len(_enumerate()) == 1:
            return []
        excepted = {id(thread) for thread in list(thread_pool._threads_queues) if _is_of_open_pool(thread)}
        excepted |= {id(thread) for _, thread in _process_pools()}
        return [thread for thread in _enumerate() if id(thread) not in excepted and self._is_left(thread)]

    def _is_left(self, thread: threading.Thread) -> bool:
        # A class of the test's may have broken any of it, and must not hide other threads.
        with contextlib.suppress(Exception):
            return not thread.daemon and thread is not _main_thread() and self._origins.is_of_the_test(thread)
        return False

    def _children(self, pools: list[tuple[Any, Any]]) -> set[int]:
        """Children that are neither a pool's nor a transport's."""
        children = running_children()
        for pool, _ in pools:
            children -= set(getattr(pool, "_processes", None) or ())
        for thing in self._origins.things() if children else ():
            if isinstance(thing, base_subprocess.BaseSubprocessTransport) and not thing.is_closing():
                children.discard(thing.get_pid() or 0)
        return children


def _process_pools() -> list[tuple[Any, Any]]:
    """Open process pools, each with the thread that manages it."""
    loaded: Any = sys.modules.get("concurrent.futures.process")
    managers = list(loaded._threads_wakeups) if loaded is not None else []
    pools = [(manager.executor_reference(), manager) for manager in managers]
    return [(pool, manager) for pool, manager in pools if pool is not None and not pool._shutdown_thread]


def _is_loop(thing: object) -> bool:
    return isinstance(thing, asyncio.AbstractEventLoop)


def _describe_pool(pool: Any) -> str:
    return f"{type(pool).__name__} that was not shut down"


def _describe_thread(thread: threading.Thread) -> str:
    return f"running thread {thread.name!r}"


def _is_of_open_pool(thread: Any) -> bool:
    pool_reference, *_ = getattr(thread, "_args", None) or (lambda: None,)
    pool = pool_reference()
    return pool is not None and not pool._shutdown
