"""A sync ``setUp`` that runs the loop: the base class from before unittest knew about asyncio."""

from __future__ import annotations

import pytest

from ..behaviour.conftest import Suite
from .pattern import AUTO, FALSE_GREEN, PASSED, PLAIN, Pattern, check, error, every, failed

_ALREADY_RUNNING = "This event loop is already running"

_EAGER = """
class Eager(unittest.TestCase):
    def setUp(self):
        super().setUp()
        asyncio.get_event_loop().run_until_complete(self.asyncSetUp())

    async def asyncSetUp(self):
        self.calls = getattr(self, "calls", 0) + 1
        self.queue = asyncio.Queue()
        self.task = asyncio.create_task(self.queue.get())

class Mixin:
    async def asyncSetUp(self):
        await super().asyncSetUp()
        await asyncio.sleep(0)
        self.mixed_in = True

class KeepsItsLoop(Eager):
    def setUp(self):
        self.loop = asyncio.get_event_loop()
        super().setUp()
"""

_SYNC_TESTS = """
class Body:
    def test_sync(self):
        ran()
        self.assertEqual(self.calls, 1)
        self.queue.put_nowait("sent")
        self.assertEqual(asyncio.get_event_loop().run_until_complete(self.task), "sent")
"""

_ASYNC_TESTS = """
class Body:
    async def test_async(self):
        ran()
        self.assertEqual(self.calls, 1)
        self.assertIs(self.task.get_loop(), asyncio.get_running_loop())
        self.queue.put_nowait("sent")
        self.assertEqual(await self.task, "sent")
"""

_EAGER_CASES = """
class Plain(Body, Eager):
    pass

class MixinFirst(Body, Mixin, Eager):
    pass

class Grandchild(MixinFirst):
    async def asyncSetUp(self):
        await asyncio.sleep(0)
        await super().asyncSetUp()
        assert self.mixed_in

class OwnLoop(Body, KeepsItsLoop):
    def tearDown(self):
        self.loop.run_until_complete(asyncio.sleep(0))
"""

_RE_ENTERED = """
class Base(unittest.TestCase):
    calls = 0

    def setUp(self):
        super().setUp()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
        loop.run_until_complete(self.asyncSetUp())

    async def asyncSetUp(self):
        self.calls += 1

class Body:
    async def test_async(self):
        ran()
        self.assertEqual(self.calls, 1)
        self.event.set()
        await self.task

    def test_sync(self):
        ran()
        self.assertEqual(self.calls, 1)
        self.event.set()
        asyncio.get_event_loop().run_until_complete(self.task)

def prepare(case):
    case.event = asyncio.Event()
    case.task = asyncio.create_task(case.event.wait())

class SuperFirst(Body, Base):
    async def asyncSetUp(self):
        super().setUp()
        await super().asyncSetUp()
        prepare(self)

class SuperLast(Body, Base):
    async def asyncSetUp(self):
        prepare(self)
        await super().asyncSetUp()
        super().setUp()

class AfterAnAwait(Body, Base):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        await asyncio.sleep(0)
        Base.setUp(self)
        prepare(self)

class ReentrantMixin:
    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.setUp()

class InAMixin(Body, ReentrantMixin, Base):
    async def asyncSetUp(self):
        prepare(self)
        await super().asyncSetUp()

class InAGrandparent(InAMixin):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        super().setUp()

class NewLoopEachTime(Body, Base):
    def setUp(self):
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        self.addCleanup(loop.close)
        loop.run_until_complete(self.asyncSetUp())

    async def asyncSetUp(self):
        self.calls += 1
        prepare(self)
        if self.calls == 1:
            self.setUp()
"""
_RE_ENTERED_CASES = ("SuperFirst", "SuperLast", "AfterAnAwait", "InAMixin", "InAGrandparent")

PATTERNS = (
    Pattern(
        "p01",
        "setUp runs asyncSetUp on the current loop; sync tests",
        _EAGER + _SYNC_TESTS + _EAGER_CASES,
        in_process=every("Plain::test_sync MixinFirst::test_sync Grandchild::test_sync OwnLoop::test_sync", PASSED),
        isolated=every("Plain::test_sync MixinFirst::test_sync Grandchild::test_sync OwnLoop::test_sync", PASSED),
    ),
    Pattern(
        "p02",
        "asyncSetUp calls the sync setUp, which runs asyncSetUp on the loop that is running",
        _RE_ENTERED,
        in_process={
            **{
                f"{case}::{test}": failed(_ALREADY_RUNNING)
                for case in _RE_ENTERED_CASES
                for test in ("test_async", "test_sync")
            },
            **every(
                "NewLoopEachTime::test_async NewLoopEachTime::test_sync",
                failed("Cannot run the event loop while another loop is running"),
            ),
        },
        isolated={
            f"{case}::{test}": PASSED
            for case in (*_RE_ENTERED_CASES, "NewLoopEachTime")
            for test in ("test_async", "test_sync")
        },
    ),
    Pattern(
        "p04",
        "setUp runs asyncSetUp on the current loop; async tests",
        _EAGER + _ASYNC_TESTS + _EAGER_CASES,
        in_process=every(
            "Plain::test_async MixinFirst::test_async Grandchild::test_async OwnLoop::test_async", FALSE_GREEN
        ),
        isolated=every("Plain::test_async MixinFirst::test_async Grandchild::test_async OwnLoop::test_async", PASSED),
    ),
    Pattern(
        "p05",
        "an async test or fixture calls a sync setUp that runs the loop",
        """
        class Base:
            def set_up(self):
                asyncio.get_event_loop().run_until_complete(self.connect())

            async def connect(self):
                self.connected = True

        class TestCallsIt(Base):
            async def test_resets(self):
                ran()
                self.set_up()

        class TestThroughAFixture(Base):
            @pytest.fixture(autouse=True)
            async def ready(self):
                self.set_up()

            async def test_uses(self):
                ran()

        class TestThroughAGenerator(Base):
            @pytest.fixture
            async def ready(self):
                self.set_up()
                yield

            @pytest.mark.parametrize("number", [1, 2])
            async def test_uses(self, ready, number):
                ran()
        """,
        in_process={
            "TestCallsIt::test_resets": failed(_ALREADY_RUNNING),
            **every(
                "TestThroughAFixture::test_uses TestThroughAGenerator::test_uses[1] "
                "TestThroughAGenerator::test_uses[2]",
                error(_ALREADY_RUNNING),
            ),
        },
        isolated={
            "TestCallsIt::test_resets": failed(_ALREADY_RUNNING),
            **every(
                "TestThroughAFixture::test_uses TestThroughAGenerator::test_uses[1] "
                "TestThroughAGenerator::test_uses[2]",
                error(_ALREADY_RUNNING),
            ),
        },
        in_process_arguments=AUTO,
        isolated_arguments=PLAIN,
    ),
    Pattern(
        "p17",
        "the base class leaves asyncSetUp to others when it sees pytest",
        """
        class OnTheStack(unittest.TestCase):
            def setUp(self):
                if not any("_pytest" in frame.filename for frame in inspect.stack()):
                    asyncio.get_event_loop().run_until_complete(self.asyncSetUp())

            async def asyncSetUp(self):
                self.loop = asyncio.get_running_loop()

        class InTheEnvironment(OnTheStack):
            def setUp(self):
                if "PYTEST_CURRENT_TEST" not in os.environ:
                    super().setUp()

        class AmongTheModules(OnTheStack):
            def setUp(self):
                if "pytest" not in sys.modules:
                    super().setUp()

            def tearDown(self):
                self.loop.run_until_complete(asyncio.sleep(0))

        class Body:
            async def test_async(self):
                ran()
                self.assertIs(self.loop, asyncio.get_running_loop())

            def test_sync(self):
                ran()
                self.loop.run_until_complete(asyncio.sleep(0))

        class TestStack(Body, OnTheStack):
            pass

        class TestEnvironment(Body, InTheEnvironment):
            pass

        class TestModules(Body, AmongTheModules):
            pass
        """,
        in_process={
            **every("TestStack::test_sync TestEnvironment::test_sync", failed("no attribute 'loop'")),
            **every("TestStack::test_async TestEnvironment::test_async", FALSE_GREEN),
            **every("TestModules::test_async TestModules::test_sync", failed("no attribute 'loop'")),
        },
        isolated=every(
            "TestStack::test_async TestStack::test_sync TestEnvironment::test_async TestEnvironment::test_sync "
            "TestModules::test_async TestModules::test_sync",
            PASSED,
        ),
    ),
    Pattern(
        "p31",
        "setUp installs a loop of its own",
        """
        class LeftOpen(unittest.TestCase):
            def setUp(self):
                self.loop = asyncio.new_event_loop()
                asyncio.set_event_loop(self.loop)
                self.task = self.loop.create_task(asyncio.sleep(0.01, "slept"))

            async def test_async(self):
                ran()
                self.assertIs(asyncio.get_running_loop(), self.loop)
                self.assertEqual(await self.task, "slept")

            def tearDown(self):
                self.loop.run_until_complete(self.task)
                self.loop.close()

        class Inherited(LeftOpen):
            def setUp(self):
                super().setUp()
                self.loop.run_until_complete(self.start())

            async def start(self):
                self.started = asyncio.current_task().get_loop()

            async def test_async(self):
                self.assertIs(self.started, self.loop)
                await super().test_async()

        class ByTheClass(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.loop = asyncio.new_event_loop()
                asyncio.set_event_loop(cls.loop)
                cls.task = cls.loop.create_task(asyncio.sleep(0.01, "slept"))

            async def test_async(self):
                ran()
                self.assertEqual(await self.task, "slept")

            @classmethod
            def tearDownClass(cls):
                cls.loop.run_until_complete(cls.task)
                cls.loop.close()

        class LeftClosed(unittest.TestCase):
            def setUp(self):
                loop = asyncio.new_event_loop()
                asyncio.set_event_loop(loop)
                self.future = loop.create_future()
                loop.close()

            async def test_async(self):
                ran()
                await self.future
        """,
        in_process=every(
            "LeftOpen::test_async Inherited::test_async ByTheClass::test_async LeftClosed::test_async", FALSE_GREEN
        ),
        isolated={
            **every("LeftOpen::test_async Inherited::test_async ByTheClass::test_async", PASSED),
            "LeftClosed::test_async": failed("attached to a different loop"),
        },
    ),
    Pattern(
        "p02-other-runs",
        "asyncSetUp re-entered through asyncio.run, create_task, wait_for",
        """
        class ByRun(unittest.TestCase):
            def run_it(self):
                asyncio.run(self.asyncSetUp())

            def setUp(self):
                self.run_it()

            async def asyncSetUp(self):
                self.calls = getattr(self, "calls", 0) + 1
                if self.calls == 1:
                    self.run_it()

            async def test_async(self):
                ran()
                self.assertEqual(self.calls, 1)

        class ByTask(ByRun):
            def run_it(self):
                loop = asyncio.get_event_loop()
                loop.run_until_complete(loop.create_task(self.asyncSetUp()))

        class ByWaitFor(ByRun):
            def run_it(self):
                asyncio.get_event_loop().run_until_complete(asyncio.wait_for(self.asyncSetUp(), 5))
        """,
        in_process=every("ByRun::test_async ByTask::test_async ByWaitFor::test_async", failed("event loop")),
        isolated=every("ByRun::test_async ByTask::test_async ByWaitFor::test_async", PASSED),
    ),
    Pattern(
        "p08",
        "an eager base class under IsolatedAsyncioTestCase: asyncSetUp runs twice",
        """
        class Eager(unittest.TestCase):
            calls = 0

            def setUp(self):
                super().setUp()
                asyncio.get_event_loop().run_until_complete(self.asyncSetUp())

        class EagerFirst(Eager, unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                self.calls += 1

            async def test_once(self):
                ran()
                self.assertEqual(self.calls, 1)

        class Grandchild(EagerFirst):
            async def asyncSetUp(self):
                await super().asyncSetUp()
                self.addAsyncCleanup(asyncio.sleep, 0)
        """,
        in_process=every("EagerFirst::test_once Grandchild::test_once", failed("2 != 1")),
        isolated=every("EagerFirst::test_once Grandchild::test_once", PASSED),
    ),
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_pattern(suite: Suite, pattern: Pattern) -> None:
    check(suite, pattern)
