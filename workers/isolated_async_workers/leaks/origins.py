"""Where things were made: the line of the user's code that led to a loop, a task, a future, a thread, a transport...

::

    asyncio, threading, subprocess --patched where they make things--> Origins --place_of(thing)--> Place

What is kept for each thing is the code object and the offset of an instruction, on the thing itself, so that it costs
little, goes when the thing goes, and cannot be mistaken for another's; the line is looked up when somebody asks. Tasks
cost nothing at all: the interpreter notes where their coroutines were made. Things that can be left behind are also
held weakly, to be found at the end of the case.

Not known: futures made by calling ``asyncio.Future``, coroutines made in other threads, uvloop's own transports.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import subprocess
import sys
import threading
import weakref
from asyncio import base_events, base_subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import thread as thread_pool
from types import CodeType, FrameType
from typing import Any

from .. import system
from ..places import OUTERMOST, WITHOUT_FILE, Owner, Place, owner_of
from ..wire.system import call_at_fork
from .coroutine_origin import CoroutineOrigin

#: An instruction: what it takes to find its line later.
Origin = tuple[CodeType, int]

#: Frames that are looked at for something that is made rarely. Deeper ones lie outside the test, or are no help.
_FRAMES = 60
#: Frames that are looked at for a future, of which there are many: asyncio's queues and locks make them two calls deep.
_FRAMES_OF_FUTURE = 6
#: Calls that the interpreter notes for each coroutine: its maker is nearly always the user's own code.
_CALLS = 1
#: The same where unittest.mock is loaded: an AsyncMock makes its coroutine two calls below the user's line.
_CALLS_OF_MOCK = 3
_ATTRIBUTE = "_isolated_async_origin"
_TRANSPORTS = (*system.transports(), base_subprocess.BaseSubprocessTransport)

_getframe = sys._getframe


class Origins:
    """Knows where things of this process were made, from ``start`` on."""

    def __init__(self) -> None:
        self._started = False
        #: Of each kind of loop, what keeps where futures are made.
        self._create_future: list[tuple[Any, Any]] = []
        self._things: dict[int, tuple[weakref.ref[Any], Origin | None]] = {}
        self._of_processes: dict[int, Origin | None] = {}
        #: Called with each loop or transport that is about to be collected.
        self.on_collected: Callable[[Any], None] = lambda _: None

    def install(self) -> None:
        """Patch what makes things; nothing is kept yet.

        In the zygote, for all workers: a patched class costs a worker that does it some hundred page faults.
        """
        # Each patch keeps the signature, and adds one frame to a traceback, which pytest hides.
        for transport in _TRANSPORTS:
            self._keep(transport, "__init__")
            self._tell_of_collection(transport)
        self._keep(asyncio.BaseEventLoop, "__init__")
        self._tell_of_collection(asyncio.BaseEventLoop)
        self._keep_generators(asyncio.BaseEventLoop)
        if "uvloop" in sys.modules:
            self._keep(sys.modules["uvloop"].Loop, "__init__")
        self._keep(base_events.Server, "__init__")
        self._keep(threading.Thread, "start")
        self._keep(thread_pool.ThreadPoolExecutor, "__init__")
        if "concurrent.futures.process" in sys.modules:
            self._keep(sys.modules["concurrent.futures.process"].ProcessPoolExecutor, "__init__")
        self._keep_processes()
        self._prepare_futures(asyncio.BaseEventLoop)
        if "uvloop" in sys.modules:
            self._prepare_futures(sys.modules["uvloop"].Loop)

    def start(self) -> None:
        """Begin to keep, in a worker whose case is watched: only now do futures and coroutines cost more."""
        self._started = True
        for kind, create_future in self._create_future:
            kind.create_future = create_future
        calls = _CALLS_OF_MOCK if "unittest.mock" in sys.modules else _CALLS
        sys.set_coroutine_origin_tracking_depth(max(sys.get_coroutine_origin_tracking_depth(), calls))

    def place_of(self, thing: Any) -> Place | None:
        """The line that made this loop, task, future, coroutine, thread, transport, server, pool or async generator.

        The innermost line of the user's; where there is none, of an installed library; of a coroutine that nobody
        is known to have made, the line that defines it. None if nothing is known.
        """
        coroutine = _coroutine_of(thing)
        if coroutine is not None:
            return place_of_coroutine(coroutine)
        look_up: Any = getattr if isinstance(thing, asyncio.Future) else inspect.getattr_static
        origin = look_up(thing, _ATTRIBUTE, None)
        if origin is None:
            _, origin = self._things.get(id(thing), (None, None))
        return _place(origin)

    def place_of_process(self, pid: int) -> Place | None:
        """The line that started this child process."""
        return _place(self._of_processes.get(pid))

    def is_of_the_test(self, thing: Any) -> bool:
        """True if a line of the test's led to it: what plugins make they end, and what an import makes stays."""
        place = self.place_of(thing)
        if place is None or place.function == "<module>":
            return False
        return place.filename == WITHOUT_FILE or owner_of(place.filename) is Owner.USER

    def things(self) -> Iterator[Any]:
        """What was made here and is alive: loops, transports, servers, started threads, pools, async generators."""
        for reference, _ in list(self._things.values()):
            thing = reference()
            if thing is not None:
                yield thing

    def _add(self, thing: Any, frame: FrameType | None) -> None:
        origin = _find_user(frame, _FRAMES)
        key = id(thing)
        forget = self._things.pop
        self._things[key] = (weakref.ref(thing, lambda _: forget(key, None)), origin)
        try:
            # The collector clears weak references before it finalizes: only this is left by then.
            setattr(thing, _ATTRIBUTE, origin)
        except AttributeError:
            return  # An async generator

    def _patch(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        original = getattr(owner, name)
        setattr(owner, name, functools.wraps(original)(make(original)))

    def _keep(self, kind: Any, method: str) -> None:
        def make(original: Any) -> Any:
            def keeping(thing: Any, *arguments: Any, **options: Any) -> None:
                __tracebackhide__ = True
                original(thing, *arguments, **options)
                if self._started:
                    self._add(thing, _getframe(1))

            return keeping

        self._patch(kind, method, make)

    def _tell_of_collection(self, kind: Any) -> None:
        def make(original: Any) -> Any:
            def telling(thing: Any, *arguments: Any) -> None:
                if self._started:
                    self.on_collected(thing)
                original(thing, *arguments)

            return telling

        self._patch(kind, "__del__", make)

    def _prepare_futures(self, kind: Any) -> None:
        """Make what ``start`` only has to put in place; until then the loop has its own."""
        original = kind.create_future

        @functools.wraps(original)
        def create_future(loop: Any) -> Any:
            future = original(loop)
            frame = _getframe(1)
            if owner_of(frame.f_code.co_filename) is Owner.USER:
                future._isolated_async_origin = frame.f_code, frame.f_lasti
            else:
                future._isolated_async_origin = _find_user(frame, _FRAMES_OF_FUTURE)
            return future

        self._create_future.append((kind, create_future))

    def _keep_generators(self, kind: Any) -> None:
        def make(original: Any) -> Any:
            def first_iteration(loop: Any, generator: Any) -> None:
                original(loop, generator)
                if self._started:
                    self._add(generator, _getframe(1))

            return first_iteration

        self._patch(kind, "_asyncgen_firstiter_hook", make)

    def _keep_processes(self) -> None:
        def make(original: Any) -> Any:
            def execute(process: Any, *arguments: Any, **options: Any) -> None:
                __tracebackhide__ = True
                original(process, *arguments, **options)
                if self._started:
                    self._of_processes[process.pid] = _find_user(_getframe(1), _FRAMES)

            return execute

        self._patch(subprocess.Popen, "_execute_child", make)
        if "multiprocessing.process" in sys.modules:
            self._patch(sys.modules["multiprocessing.process"].BaseProcess, "start", make)
        # For good: such a handler cannot be taken back.
        call_at_fork(after_in_parent=self._forked)

    def _forked(self) -> None:
        if self._started:
            origin = _find_user(_getframe(1), _FRAMES)
            self._of_processes.update(dict.fromkeys(system.children() - self._of_processes.keys(), origin))


def place_of_coroutine(coroutine: Any) -> Place | None:
    """The line that made this coroutine, else the line that defines it."""
    return CoroutineOrigin.of(coroutine).place


def _coroutine_of(thing: Any) -> Any:
    if isinstance(thing, asyncio.Task):
        return thing.get_coro()
    return thing if inspect.iscoroutine(thing) else None


def _find_user(frame: FrameType | None, limit: int) -> Origin | None:
    """Where the user's innermost frame stands, from ``frame`` outwards.

    Else that of code without a file, which is the user's if nobody else's file has called it, and is no method that a
    class of data was given; else that of an installed library.
    """
    of_library: Origin | None = None
    without_file: Origin | None = None
    while frame is not None and limit:
        code = frame.f_code
        owner = owner_of(code.co_filename)
        if owner is Owner.USER:
            return code, frame.f_lasti
        if owner is Owner.LIBRARY:
            of_library, without_file = of_library or (code, frame.f_lasti), None
        elif code.co_filename == WITHOUT_FILE and without_file is None and not code.co_name.startswith("__"):
            without_file = code, frame.f_lasti
        elif code.co_filename == OUTERMOST:
            break
        frame = frame.f_back
        limit -= 1
    return without_file or of_library


def _place(origin: Origin | None) -> Place | None:
    if origin is None:
        return None
    code, offset = origin
    lines = (line for start, end, line in code.co_lines() if start <= offset < end and line is not None)
    return Place(code.co_filename, next(lines, code.co_firstlineno), code.co_name)
