"""``asyncSetUp`` exactly once, whoever asks for it and from where."""

from __future__ import annotations

import asyncio
import functools
import unittest
from collections.abc import Iterator
from typing import Any

import pytest

from isolated_async_workers.driving.async_hook import AsyncHook, is_answered
from isolated_async_workers.explanations.classic_errors import close_rejected_coroutines
from isolated_async_workers.loop.case_loop import CaseLoop
from isolated_async_workers.loop.reentry import Reentry


@pytest.fixture(autouse=True)
def case_loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[CaseLoop]:
    # What is patched here is unpatched afterwards.
    monkeypatch.setattr(asyncio.BaseEventLoop, "run_until_complete", asyncio.BaseEventLoop.run_until_complete)
    monkeypatch.setattr(asyncio.runners, "events", asyncio.events)
    Reentry().answer(is_answered)
    case_loop = CaseLoop()
    case_loop.open()
    yield case_loop
    case_loop.close()


class Counting(unittest.TestCase):
    __test__ = False  # Material of the tests below.
    calls = 0

    async def asyncSetUp(self) -> None:
        self.calls += 1

    def test(self) -> None: ...


class RunsItTwice(Counting):
    def setUp(self) -> None:
        for _ in range(2):
            asyncio.get_event_loop().run_until_complete(self.asyncSetUp())


class CallsTheSyncOne(Counting):
    def setUp(self) -> None:
        asyncio.get_event_loop().run_until_complete(self.asyncSetUp())

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        super().setUp()
        CallsTheSyncOne.setUp(self)
        await self.asyncSetUp()


class InstallsALoop(Counting):
    def setUp(self) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.asyncSetUp())

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.ran_on = asyncio.get_running_loop()


class RunsItAgain(Counting):
    """While ``asyncSetUp`` runs, it is asked for in a way that each subclass has."""

    def run_it(self) -> None:
        asyncio.get_event_loop().run_until_complete(self.asyncSetUp())

    def setUp(self) -> None:
        self.run_it()

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.run_it()


class ByAsyncioRun(RunsItAgain):
    def run_it(self) -> None:
        asyncio.run(self.asyncSetUp())


class ByATask(RunsItAgain):
    def run_it(self) -> None:
        loop = asyncio.get_event_loop()
        loop.run_until_complete(loop.create_task(self.asyncSetUp()))


class ByWaitFor(RunsItAgain):
    def run_it(self) -> None:
        asyncio.get_event_loop().run_until_complete(asyncio.wait_for(self.asyncSetUp(), 5))


class ByALoopOfItsOwn(RunsItAgain):
    def run_it(self) -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(self.asyncSetUp())
        loop.close()


@pytest.mark.parametrize(
    "kind",
    [
        Counting,
        RunsItTwice,
        CallsTheSyncOne,
        InstallsALoop,
        RunsItAgain,
        ByAsyncioRun,
        ByATask,
        ByWaitFor,
        ByALoopOfItsOwn,
    ],
)
def test_once(case_loop: CaseLoop, kind: type[Counting]) -> None:
    case = kind("test")
    once = AsyncHook.of(case, "asyncSetUp")
    assert once is not None
    case.setUp()
    once.settle(case_loop.drive)  # type: ignore[arg-type]
    assert case.calls == 1
    if isinstance(case, InstallsALoop):
        assert asyncio.get_event_loop() is case.ran_on is case.loop


def test_afterwards_a_call_is_a_call(case_loop: CaseLoop) -> None:
    case = Counting("test")
    once = AsyncHook.of(case, "asyncSetUp")
    assert once is not None
    once.settle(case_loop.drive)  # type: ignore[arg-type]
    once.remove()
    case_loop.drive(case.asyncSetUp())
    assert case.calls == 2


def test_other_nested_runs_are_refused(case_loop: CaseLoop) -> None:
    class RunsSomethingElse(Counting):
        async def asyncSetUp(self) -> None:
            asyncio.run(asyncio.sleep(0))

    once = AsyncHook.of(RunsSomethingElse("test"), "asyncSetUp")
    assert once is not None
    with pytest.raises(RuntimeError, match="cannot be called from a running event loop") as refused:
        once.settle(case_loop.drive)  # type: ignore[arg-type]
    close_rejected_coroutines(refused.value)


def test_what_it_raises_is_raised(case_loop: CaseLoop) -> None:
    class Fails(unittest.TestCase):
        async def asyncSetUp(self) -> None:
            raise ValueError("from asyncSetUp")

    once = AsyncHook.of(Fails(), "asyncSetUp")
    assert once is not None
    with pytest.raises(ValueError, match="from asyncSetUp"):
        once.settle(case_loop.drive)  # type: ignore[arg-type]


class Sync(unittest.TestCase):
    __test__ = False

    def test(self) -> None: ...


def test_nothing_to_do() -> None:
    assert AsyncHook.of(Sync("test"), "asyncSetUp") is None


def test_what_it_returns_arrives(case_loop: CaseLoop) -> None:
    class Returning(unittest.TestCase):
        async def asyncSetUp(self) -> object:
            return self

        def test(self) -> None: ...

    case = Returning("test")
    hook = AsyncHook.of(case, "asyncSetUp")
    assert hook is not None
    for _ in range(2):
        assert asyncio.get_event_loop().run_until_complete(case.asyncSetUp()) is case
    hook.remove()


class WithAProperty(Counting):
    @property
    def asyncSetUp(self) -> Any:
        async def set_up() -> None:
            self.calls += 1

        return set_up

    def setUp(self) -> None:
        for _ in range(2):
            asyncio.get_event_loop().run_until_complete(self.asyncSetUp())


class InheritsAProperty(WithAProperty):
    pass


class WithACachedProperty(Counting):
    @functools.cached_property
    def asyncSetUp(self) -> Any:
        return functools.partial(Counting.asyncSetUp, self)


class WithAnAttribute(Counting):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.asyncSetUp = functools.partial(Counting.asyncSetUp, self)  # type: ignore[method-assign]


@pytest.mark.parametrize("kind", [WithAProperty, InheritsAProperty, WithACachedProperty, WithAnAttribute])
def test_a_hook_that_is_no_method(case_loop: CaseLoop, kind: type[Counting]) -> None:
    case, other = kind("test"), kind("test")
    of_the_class = dict(vars(kind))
    hook = AsyncHook.of(case, "asyncSetUp")
    assert hook is not None
    case.setUp()
    case_loop.drive(other.asyncSetUp())
    hook.settle(case_loop.drive)  # type: ignore[arg-type]
    assert (case.calls, other.calls) == (1, 1)
    hook.remove()
    assert dict(vars(kind)) == of_the_class
    case_loop.drive(case.asyncSetUp())
    assert case.calls == 2
