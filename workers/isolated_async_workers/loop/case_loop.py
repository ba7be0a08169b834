"""The one clean event loop of a case.

The rule: sync code always runs with a loop current and idle; async code is driven on that same loop. A case that
installs an open loop of its own is driven on that one.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import warnings
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from .. import system
from .case_task import CaseTask
from .policy import policy, set_policy
from .winding_up import wind_up

T = TypeVar("T")

# What the test has put in their place must not run here.
_all_tasks = asyncio.all_tasks
_collect = gc.collect
_is_awaitable = inspect.isawaitable

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


class CaseLoop:
    """Owns the loop of this process and the tasks in which the case's async parts are driven."""

    def __init__(self) -> None:
        self._own: asyncio.AbstractEventLoop | None = None
        self._lent: set[asyncio.AbstractEventLoop] = set()
        self._policy: object = None
        self._replaced: set[asyncio.AbstractEventLoop] = set()
        self._tasks: dict[asyncio.AbstractEventLoop, CaseTask] = {}
        #: True from the first finalizer on.
        self.is_tearing_down = False
        self._made: list[asyncio.AbstractEventLoop] = []
        #: What makes the loops of this case, if not asyncio itself.
        self.factory: LoopFactory | None = None

    def open(self) -> None:
        """Make a new loop and make it current."""
        self._begin_with(self._make(self.factory))

    def reopen(self, factory: LoopFactory | None = None) -> None:
        """Make the first loop again, before anything has run on it: with ``factory``, or with another policy.

        If it fails, or makes no loop, everything stays as it was.
        """
        unused = self._own
        self._begin_with(self._make(factory))
        self.factory = factory
        if unused is not None:
            unused.close()

    def _begin_with(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        self._own = loop
        self._policy = policy()

    def follow_factory(self, factory: LoopFactory) -> bool:
        """The same for a factory that a plugin has chosen; False if the case has begun to use a loop already."""
        if self._own in (None, *self._tasks, *self._lent) or _current_open_loop() is not self._own:
            return False
        self.reopen(factory)
        return True

    def follow_policy(self, new: object) -> None:
        """Make what is about to be the policy the policy now, and a loop of its kind current."""
        if new is policy() or self.factory is not None:
            return
        set_policy(new)
        if self._own is not None:
            self._replaced.add(self._own)  # Set-up code may have kept something on it.
        self.open()

    def current(self) -> asyncio.AbstractEventLoop:
        """The loop that is current and open: the case's choice, else our own."""
        self.restore()
        return asyncio.get_event_loop()

    def adopt(self, loop: asyncio.AbstractEventLoop) -> None:
        """The case has chosen this loop, without making it current."""
        if not loop.is_closed() and not loop.is_running():
            asyncio.set_event_loop(loop)

    def hand_over(self) -> asyncio.AbstractEventLoop:
        """A loop for a runner that wants to own one: at first the current one, which set-up code may have used.

        Later ones are new: each scope of fixtures has its own. Ours is handed over only if the suite has not chosen
        another kind of loop since, by a policy.
        """
        loop = self.current()
        if loop in self._lent or (loop is self._own and policy() is not self._policy):
            return self._make(self.factory)
        self._lent.add(loop)
        system.wake_for_signals(loop)
        _survive_one_close(loop)
        return loop

    def _make(self, factory: LoopFactory | None) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop() if factory is None else factory()
        self._made.append(loop)
        return loop

    def has_lent(self, loop: object) -> bool:
        """True for a loop that a runner was handed."""
        return loop in self._lent

    def has_made(self, loop: asyncio.AbstractEventLoop) -> bool:
        """True for a loop that is not the test's own."""
        return any(loop is made for made in self._made)

    def drives(self, task: asyncio.Task[Any]) -> bool:
        """True for a task that is not the test's own."""
        return any(each.owns(task) for each in self._tasks.values())

    def restore(self) -> None:
        """Make sure that an open loop is current: the case's choice, else our own, else a new one of ours."""
        if _current_open_loop() is not None:
            return
        if self._own is None or self._own.is_closed():
            self._own = self._make(self.factory)
        asyncio.set_event_loop(self._own)

    def restore_if_possible(self) -> None:
        """The same between the parts of a case, which may have broken asyncio, or have a policy that refuses.

        What then asks for a loop fails, and nothing else.
        """
        with contextlib.suppress(Exception):
            self.restore()

    def task(self) -> CaseTask:
        """The task that drives async code on the loop that is current now."""
        loop = self.current()
        system.wake_for_signals(loop)
        task = self._tasks.get(loop)
        if task is None:
            task = self._tasks[loop] = CaseTask(loop)
        if self.is_tearing_down:
            task.begin_teardown()
        return task

    def begin_setup(self) -> None:
        """A further case of a group, or another attempt at one: it may go on with the same loops and tasks."""
        self.is_tearing_down = False
        for task in self._tasks.values():
            task.begin_setup()

    def begin_teardown(self) -> None:
        """The test itself is over: a teardown may cancel whatever task it finds."""
        self.is_tearing_down = True
        for task in self._tasks.values():
            task.begin_teardown()

    def drive(self, awaitable: Awaitable[T]) -> T:
        """Run ``awaitable`` to its end in the case's task and return its result, or raise what it raised."""
        __tracebackhide__ = True
        return self.task().run(awaitable)

    def task_that_runs(self, loop: asyncio.AbstractEventLoop) -> asyncio.Task[Any] | None:
        """The task that ``loop``, which is running, is run for: ours, or that of whatever drives this case."""
        case_task = self._tasks.get(loop)
        if case_task is not None and (task := case_task.busy_task) is not None:
            return task
        return next((task for task in _all_tasks(loop) if _ends_the_run(task)), None)

    def cancel_part(self, loop: asyncio.AbstractEventLoop, error: BaseException) -> bool:
        """If ``loop`` is run for our task, cancel what that was given, from a signal handler: it raises ``error``."""
        case_task = self._tasks.get(loop)
        if case_task is None or case_task.busy_task is None:
            return False
        case_task.interrupt(error)
        return True

    def cancel_what_runs(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Cancel the task that ``loop`` is run for, from a signal handler; False if nobody knows which that is."""
        task = self.task_that_runs(loop)
        if task is not None:
            loop.call_soon_threadsafe(task.cancel)
        return task is not None

    def abandon_task(self, loop: asyncio.AbstractEventLoop) -> None:
        """Our task on this loop never comes back from what it was given."""
        if loop in self._tasks:
            self._tasks[loop].abandon()

    def known_loops(self) -> set[asyncio.AbstractEventLoop]:
        """Every loop of the case that is open: our own, the current one, the running one."""
        loops = {*self._tasks, *self._replaced, self._own, _current_open_loop(), asyncio._get_running_loop()}
        return {loop for loop in loops if loop is not None and not loop.is_closed()}

    def resolve(self, value: object) -> object:
        """What a call site returned, driven to its end if it is awaitable.

        Raises:
            RuntimeError: a loop is running in this thread: the call comes from inside a coroutine.
        """
        __tracebackhide__ = True
        return self.drive(value) if value is not None and _is_awaitable(value) else value

    def call(self, function: Callable[[], object]) -> object:
        """Call ``function`` and resolve what it returns."""
        __tracebackhide__ = True
        return self.resolve(function())

    def close(self) -> None:
        """End what the case left on its loops and close them: cancel tasks, finish async generators."""
        for loop in self.known_loops():
            if not loop.is_running():
                wind_up(loop, self._tasks.get(loop))
        # A policy of the case's own may refuse.
        with contextlib.suppress(Exception):
            asyncio.set_event_loop(None)
        # What was never awaited says so when it is collected: here, where the warning still meets its test.
        _collect()


def _ends_the_run(task: asyncio.Task[Any]) -> bool:
    """True for a task whose end stops the loop: it was given to ``run_until_complete``, of asyncio or of uvloop.

    On Python 3.10 unittest has a task of its own that serves one part after another, as ours does.
    """
    if getattr(task.get_coro(), "__name__", "") == "_asyncioLoopRunner":
        return True
    callbacks = getattr(task, "_callbacks", None) or ()
    return any("run_until_complete" in getattr(callback, "__qualname__", "") for callback, _ in callbacks)


def _survive_one_close(loop: asyncio.AbstractEventLoop) -> None:
    """The runner that is lent a loop closes it; sync finalizers still run it, and may have to close it themselves."""

    def keep_open() -> None:
        del loop.close

    with contextlib.suppress(AttributeError):  # A loop without attributes of its own
        loop.close = keep_open  # type: ignore[method-assign]


def _current_open_loop() -> asyncio.AbstractEventLoop | None:
    with warnings.catch_warnings():
        # A policy that the case installed may have no loop yet; Python 3.12+ warns before it makes one.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            loop = asyncio.get_event_loop()
        except Exception:  # noqa: BLE001 - a RuntimeError if there is none, and anything from a case's own policy
            return None
    return None if loop.is_closed() else loop
