"""What a case left on event loops: tasks, async generators, transports, servers, and loops themselves.

Loops first run a few turns: what was closed or cancelled, and needs nothing but a turn of its loop to end, is no leak.
A loop that runs in a thread is in use: if that thread is a leak, it says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
from asyncio import base_events, base_subprocess
from collections.abc import Callable, Iterable
from functools import partial
from types import AsyncGeneratorType
from typing import Any

from .. import system, untouched
from ..loop.case_loop import CaseLoop
from ..places import PACKAGE, Place
from .findings import Findings, Kind
from .origins import Origins
from .task_text import describe_task

#: Turns that each loop gets. A cancelled task under a few layers of timeouts and groups needs one for each.
_TURNS = 20
#: Seconds for tasks that were cancelled and have not ended within these turns: they may wait for something real.
CANCELLED_GRACE_S = 0.1
#: In which anyio's runner runs fixtures and tests; it ends with its runner.
_TASK_OF_ANYIO = "_run_tests_and_fixtures"
#: Seconds for subprocesses that were told to end. Their transports may belong to a loop that was closed before.
SUBPROCESS_GRACE_S = 0.1

# What the test has put in their place must not run here.
_all_tasks = asyncio.all_tasks
_collect = gc.collect
_sleep = asyncio.sleep


class LoopLeaks:
    """Looks at the loops of a case, after its last finalizer and before they are closed."""

    def __init__(self, case_loop: CaseLoop, origins: Origins, findings: Findings) -> None:
        self._case_loop = case_loop
        self._origins = origins
        self._findings = findings
        self._added: set[int] = set()
        origins.on_collected = self._collected

    def look(self) -> None:
        """Let the loops settle, then add what is left on them."""
        self._settle()
        made = [each for each in self._origins.things() if isinstance(each, asyncio.AbstractEventLoop)]
        self._add_tasks(loop for loop in {*made, *self._case_loop.known_loops()} if not loop.is_running())
        for thing in self._origins.things():
            # One thing that the test has broken must not hide the others.
            with contextlib.suppress(Exception):
                self._add_if_left(thing)

    def look_at_tasks(self, loop: asyncio.AbstractEventLoop) -> None:
        """Add what is pending on a loop whose runner is about to cancel it."""
        self._let_tasks_end(loop, False)
        self._add_tasks([loop])

    def _settle(self) -> None:
        """Let loops run where something may come to its end."""
        generators = self._has_any(AsyncGeneratorType)
        transports = self._has_any(asyncio.BaseTransport)
        known = [loop for loop in self._case_loop.known_loops() if not loop.is_running()]
        if generators:
            # One that nobody holds any more is closed by its loop when it is collected.
            _collect()
        for loop in known:
            self._let_tasks_end(loop, generators or transports)
        end = untouched.monotonic() + SUBPROCESS_GRACE_S
        while any(_is_running_subprocess(thing) for thing in self._origins.things()) and untouched.monotonic() < end:
            untouched.sleep(SUBPROCESS_GRACE_S / 20)

    def _let_tasks_end(self, loop: asyncio.AbstractEventLoop, others: bool) -> None:
        if others or self._pending(loop):
            self._run(loop, lambda: False)
        if self._has_cancelled(loop):
            self._run(loop, partial(self._has_cancelled, loop))

    def _has_any(self, kind: type) -> bool:
        return any(isinstance(thing, kind) for thing in self._origins.things())

    def _run(self, loop: asyncio.AbstractEventLoop, is_awaited: Callable[[], bool]) -> None:
        # A callback of the test's may stop the loop, or exit.
        with contextlib.suppress(Exception, SystemExit):
            loop.run_until_complete(_turns(is_awaited))

    def _has_cancelled(self, loop: asyncio.AbstractEventLoop) -> bool:
        return any(map(_is_cancelled, self._pending(loop)))

    def _pending(self, loop: asyncio.AbstractEventLoop) -> list[asyncio.Task[Any]]:
        return [task for task in _all_tasks(loop) if not self._case_loop.drives(task) and not _is_own(task)]

    def _add_tasks(self, loops: Iterable[asyncio.AbstractEventLoop]) -> None:
        for loop in loops:
            for task in self._pending(loop):
                self._add(Kind.TASK, _describe_task, task)

    def _add(self, kind: Kind, describe: Callable[[Any], str], thing: object) -> None:
        self._added.add(id(thing))
        self._findings.add(kind, partial(describe, thing), partial(self._place_of, thing), thing)

    def _place_of(self, thing: object) -> Place | None:
        # A connection that a server has accepted nobody made but the server.
        return self._origins.place_of(thing) or self._origins.place_of(getattr(thing, "_server", None))

    def _add_if_left(self, thing: Any) -> None:
        if isinstance(thing, AsyncGeneratorType):
            if thing.ag_frame is not None and not thing.ag_running:
                self._add(Kind.GENERATOR, _describe_generator, thing)
        elif isinstance(thing, asyncio.AbstractEventLoop):
            if self._is_left_open(thing):
                self._add(Kind.LOOP, _describe_loop, thing)
        elif isinstance(thing, base_events.Server):
            if thing.sockets and not thing.get_loop().is_running():
                self._add(Kind.SERVER, _describe_server, thing)
        elif isinstance(thing, asyncio.BaseTransport) and _is_open_transport(thing):
            self._add(Kind.TRANSPORT, _describe_transport, thing)

    def _is_left_open(self, loop: asyncio.AbstractEventLoop) -> bool:
        return (
            not loop.is_closed()
            and not loop.is_running()
            and not self._case_loop.has_made(loop)
            and self._origins.is_of_the_test(loop)
        )

    def _collected(self, thing: Any) -> None:
        """The collector has found a loop or a transport, perhaps before anybody closed it."""
        # Its __init__ may have failed half-way.
        with contextlib.suppress(Exception):
            if id(thing) not in self._added:
                self._add_if_left(thing)
            self._added.discard(id(thing))


async def _turns(is_awaited: Callable[[], bool]) -> None:
    for _ in range(_TURNS):
        await _sleep(0)
    end = untouched.monotonic() + CANCELLED_GRACE_S
    while is_awaited() and untouched.monotonic() < end:
        await _sleep(CANCELLED_GRACE_S / 20)


def _is_own(task: asyncio.Task[Any]) -> bool:
    """True for a task of ours or of a runner's, and for one in which the loop closes an abandoned generator."""
    coroutine: Any = task.get_coro()
    code = getattr(coroutine, "cr_code", None)
    return type(coroutine).__name__ == "async_generator_athrow" or (
        code is not None and (code.co_filename.startswith(PACKAGE) or code.co_name == _TASK_OF_ANYIO)
    )


def _is_cancelled(task: Any) -> bool:
    """True if somebody wants its end; Python 3.10 does not tell."""
    return not task.done() and hasattr(task, "cancelling") and task.cancelling() > 0


def _is_running_subprocess(thing: Any) -> bool:
    if not isinstance(thing, base_subprocess.BaseSubprocessTransport) or thing.is_closing():
        return False
    pid = thing.get_pid()
    return pid is not None and not system.has_ended(pid)


def _is_open_transport(transport: Any) -> bool:
    if isinstance(transport, base_subprocess.BaseSubprocessTransport):
        return _is_running_subprocess(transport) and not transport._loop.is_running()
    resource = getattr(transport, "_sock", None) or getattr(transport, "_pipe", None)
    if transport.is_closing() or resource is None or _has_no_descriptor(resource) or transport._loop.is_running():
        return False
    if getattr(transport, "_server", None) is not None and transport._loop.is_closed():
        # A runner closed the loop as soon as the test was over: the server had no turn to see its clients leave.
        return False
    protocol = transport.get_protocol()
    if isinstance(protocol, base_subprocess.WriteSubprocessPipeProto):
        return False  # It goes with the subprocess.
    # Under TLS it stays open until the peer has answered the goodbye.
    encrypted = getattr(protocol, "_app_transport", None)
    return encrypted is None or not encrypted.is_closing()


def _has_no_descriptor(resource: Any) -> bool:
    """True for a socket or a pipe that somebody has closed under its transport."""
    return bool(resource.closed) if hasattr(resource, "closed") else resource.fileno() < 0


def _describe_task(task: asyncio.Task[Any]) -> str:
    return f"pending {describe_task(task)}"


def _describe_generator(generator: Any) -> str:
    return f"unfinished async generator {generator.__qualname__}()"


def _describe_loop(loop: asyncio.AbstractEventLoop) -> str:
    return f"unclosed event loop {type(loop).__name__}"


def _describe_transport(transport: Any) -> str:
    if isinstance(transport, base_subprocess.BaseSubprocessTransport):
        arguments = transport.get_extra_info("subprocess").args
        command = arguments if isinstance(arguments, str) else " ".join(map(os.fsdecode, arguments))
        return f"unclosed transport of the subprocess `{command}`"
    if transport.get_extra_info("socket") is None:
        return f"unclosed transport of the pipe {transport.get_extra_info('pipe')}"
    own, peer = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
    if getattr(transport, "_server", None) is not None:
        return f"unclosed transport of a connection to the server at {own}"
    return f"unclosed transport of the socket {own}" + (f" to {peer}" if peer else "")


def _describe_server(server: Any) -> str:
    addresses = ", ".join(str(socket.getsockname()) for socket in server.sockets)
    return f"server that listens on {addresses}"
