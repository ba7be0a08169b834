"""A test that does not end: in any stage, for any reason. The stage that hangs is blamed, and the others still run."""

from __future__ import annotations

import pytest

from .fault import DIED_IN_CALL, DIED_IN_TEARDOWN, FAILED, PASSED, Fault, Outcome, check

#: Seconds: what does not hang must not take as long, on a machine that is busy with other work.
LIMIT = "0.8"
ARGUMENTS = (f"--isolated-loop-timeout={LIMIT}",)

#: With a fixture whose teardown leaves a file, so that its having run can be seen.
_FIXTURE = """
import asyncio, concurrent.futures, os, pytest, signal, sys, threading, time

@pytest.fixture
async def fixture(request):
    yield
    print("the teardown has run", file=sys.stderr)

@pytest.fixture
def torn_down(request):
    yield
    print("the sync teardown has run")
"""
BROKEN_OFF = (f"Timeout: call took longer than {LIMIT} s", "the teardown has run", "the sync teardown has run")


def _hang(name: str, body: str, *says: str, reports: tuple[tuple[str, str], ...] = FAILED) -> Fault:
    """A call that hangs in ``body``, with fixtures that must be torn down all the same."""
    says = (*BROKEN_OFF, *says) if reports == FAILED else (BROKEN_OFF[0], *says)
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return Fault(name, f"{_FIXTURE}\nasync def test_fault(torn_down, fixture):\n{lines}\n", reports, says)


FAULTS = [
    _hang("awaits_for_ever", "await asyncio.Event().wait()", "Task 'isolated-async case'", "in test_fault"),
    _hang(
        "cleans_up_when_cancelled",
        """
try:
    await asyncio.Event().wait()
finally:
    await asyncio.sleep(0.01)
    print("cleaned up")
""",
        "cleaned up",
    ),
    _hang("awaits_a_task", "await asyncio.create_task(asyncio.sleep(60), name='slow')", "Task 'slow'"),
    _hang("blocks_in_python", "time.sleep(60)", "The loop could not run", "time.sleep(60)"),
    _hang("blocks_on_a_lock", "threading.Lock().acquire() and threading.Event().wait()", "The loop was blocked"),
    _hang(
        "deadlock_on_result",
        "asyncio.run_coroutine_threadsafe(asyncio.sleep(0), asyncio.get_running_loop()).result()",
        "The loop was blocked in its own thread",
    ),
    _hang("busy_in_python", "while True: pass", "The loop could not run"),
    _hang(
        "swallows_cancellation",
        """
while True:
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        print("swallowed")
""",
        "swallowed",
    ),
    _hang(
        "returns_when_cancelled",
        """
try:
    await asyncio.sleep(60)
except asyncio.CancelledError:
    return
""",
    ),
    _hang(
        "catches_everything_once",
        """
try:
    time.sleep(60)
except BaseException as error:
    print("caught", type(error).__name__)
    time.sleep(60)
""",
        "caught StageInterrupted",
    ),
    _hang("executor_that_never_ends", "await asyncio.to_thread(time.sleep, 600)", "time.sleep"),
    _hang(
        "thread_that_never_ends",
        "threading.Thread(target=time.sleep, args=(600,)).start(); await asyncio.sleep(60)",
    ),
    _hang("atexit_that_blocks", "import atexit; atexit.register(time.sleep, 600); await asyncio.sleep(60)"),
    _hang("timeout_of_its_own_is_longer", "await asyncio.wait_for(asyncio.Event().wait(), 60)", "in test_fault"),
    _hang(
        "deaf_in_c",
        """
import collections, itertools
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
collections.deque(itertools.repeat(0), maxlen=0)
""",
        reports=DIED_IN_CALL,
    ),
    _hang(
        "busy_with_signals_blocked",
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass",
        reports=DIED_IN_CALL,
    ),
    _hang("stops_itself", "os.kill(os.getpid(), signal.SIGSTOP)", reports=DIED_IN_CALL),
    _hang(
        "catches_everything_always",
        """
while True:
    try:
        time.sleep(60)
    except BaseException:
        pass
""",
        reports=DIED_IN_CALL,
    ),
    Fault(
        "sync_test",
        f"{_FIXTURE}\ndef test_fault(torn_down, fixture):\n    time.sleep(60)\n",
        FAILED,
        says=(*BROKEN_OFF, "time.sleep(60)"),
    ),
    Fault(
        "in_setup",
        f"""{_FIXTURE}
@pytest.fixture
async def hangs(torn_down, fixture):
    await asyncio.sleep(60)

def test_fault(hangs):
    pass
""",
        (("setup", "failed"), ("teardown", "passed")),
        says=(f"Timeout: setup took longer than {LIMIT} s", "in hangs", *BROKEN_OFF[1:]),
    ),
    Fault(
        "in_teardown",
        f"""{_FIXTURE}
@pytest.fixture
async def hangs(torn_down, fixture):
    yield
    await asyncio.sleep(60)

def test_fault(hangs):
    pass
""",
        DIED_IN_TEARDOWN,
        says=(f"Timeout: teardown took longer than {LIMIT} s", "in hangs", *BROKEN_OFF[1:]),
    ),
    Fault(
        "in_call_and_teardown",
        f"""{_FIXTURE}
@pytest.fixture
async def hangs(torn_down, fixture):
    yield
    time.sleep(60)

async def test_fault(hangs):
    await asyncio.sleep(60)
""",
        (("setup", "passed"), ("call", "failed"), ("teardown", "failed")),
        says=(
            f"Timeout: call took longer than {LIMIT} s",
            f"Timeout: teardown took longer than {LIMIT} s",
            *BROKEN_OFF[1:],
        ),
    ),
    Fault(
        "dies_in_teardown_after_hanging",
        """
import asyncio, os, pytest

@pytest.fixture
def dies():
    yield
    os.abort()

async def test_fault(dies):
    await asyncio.sleep(60)
""",
        (("setup", "passed"), ("call", "failed"), ("teardown", "failed")),
        says=(f"Timeout: call took longer than {LIMIT} s", "killed by SIGABRT during teardown"),
    ),
    Fault(
        "nothing_hangs",
        """
import atexit, pytest, threading, time

async def test_fault():
    # The process leaves without waiting for either.
    atexit.register(time.sleep, 600)
    threading.Thread(target=time.sleep, args=(600,)).start()
""",
        PASSED,
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_hanging(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
