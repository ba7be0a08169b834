"""``asyncSetUp`` exactly once, whoever asks for it and from where."""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import Iterator

import pytest

from isolated_async_workers.async_hook import AsyncHook
from isolated_async_workers.case_loop import CaseLoop


@pytest.fixture(autouse=True)
def case_loop() -> Iterator[CaseLoop]:
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


@pytest.mark.parametrize("kind", [Counting, RunsItTwice, CallsTheSyncOne, InstallsALoop])
def test_once(case_loop: CaseLoop, kind: type[Counting]) -> None:
    case = kind("test")
    once = AsyncHook.of(case, "asyncSetUp")
    assert once is not None
    case.setUp()
    once.settle(case_loop.drive)  # type: ignore[arg-type]
    assert case.calls == 1
    if isinstance(case, InstallsALoop):
        assert asyncio.get_event_loop() is case.ran_on is case.loop


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


class Isolated(unittest.IsolatedAsyncioTestCase):
    __test__ = False

    async def asyncSetUp(self) -> None: ...

    def test(self) -> None: ...


@pytest.mark.parametrize("kind", [Sync, Isolated])
def test_nothing_to_do(kind: type[unittest.TestCase]) -> None:
    assert AsyncHook.of(kind("test"), "asyncSetUp") is None
