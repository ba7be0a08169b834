"""A test that uses up its memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fault import DIED_IN_CALL, DIED_IN_SETUP, FAILED, VARIANTS, Fault, Outcome, Variant, check, run_faults

#: Leave the process a little more than it has, and use it up in small pieces, so that nothing is left of it.
_USE_UP = """
import resource

HELD = []
#: Bytes that are used up at most, should the limit not hold: the machine has other users.
MOST = 64 << 20

def limit(more):
    with open("/proc/self/statm") as file:
        has = int(file.read().split()[0]) * resource.getpagesize()
    assert more + has > 0
    resource.setrlimit(resource.RLIMIT_AS, (has + more, resource.getrlimit(resource.RLIMIT_AS)[1]))

def limit_to_less_than_it_has():
    resource.setrlimit(resource.RLIMIT_AS, (1 << 20, resource.getrlimit(resource.RLIMIT_AS)[1]))

def use_up():
    left = MOST
    for size in (1 << 20, 1 << 16, 1 << 12, *range(512, 0, -16)):
        try:
            while left > 0:
                HELD.append(bytes(size))
                left -= size
        except MemoryError:
            pass
    assert left > 0, "the limit does not hold"
"""

FAULTS = [
    Fault(
        "too_much_at_once",
        _USE_UP
        + """
def test_fault():
    limit(64 << 20)
    print("output so far")
    bytearray(1 << 30)
""",
        FAILED,
        says=("MemoryError", "bytearray(1 << 30)", "output so far"),
    ),
    Fault(
        "no_memory_at_all",
        _USE_UP
        + """
def test_fault():
    limit(8 << 20)
    print("output so far")
    use_up()
    raise MemoryError
""",
        FAILED,
        says=("MemoryError", "output so far"),
    ),
    Fault(
        "no_memory_in_a_coroutine",
        _USE_UP
        + """
async def test_fault():
    import asyncio
    await asyncio.sleep(0)
    limit(8 << 20)
    use_up()
    await asyncio.sleep(0)
    raise MemoryError
""",
        FAILED,
        says=("MemoryError",),
    ),
    Fault(
        "less_memory_than_it_has",
        _USE_UP
        + """
def test_fault():
    limit_to_less_than_it_has()
    use_up()
    HELD.append(bytes(1 << 20))
""",
        FAILED,
        says=("MemoryError", "HELD.append"),
    ),
    Fault(
        "no_memory_in_setup",
        _USE_UP
        + """
import pytest

@pytest.fixture
def hungry():
    limit_to_less_than_it_has()
    use_up()
    HELD.append(bytes(1 << 20))

def test_fault(hungry):
    pass
""",
        (("setup", "failed"), ("teardown", "passed")),
        says=("MemoryError", "HELD.append"),
    ),
    Fault(
        "no_memory_for_the_report_of_a_setup",
        """
import pytest

class Plugin:
    def pytest_runtest_makereport(self, item, call):
        raise MemoryError

@pytest.fixture
def broken(request):
    request.config.pluginmanager.register(Plugin())

def test_fault(broken):
    pass
""",
        DIED_IN_SETUP,
        says=("could not report what happened since setup began: memory ran out",),
        says_not=("please report",),
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_memory(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)


#: Has the counters of the kernel in files of the suite's own: a test may not have the kernel kill on a machine that it
#: shares with others.
_COUNTERS = """
from pathlib import Path
from isolated_async.endings import memory_kills

HERE = Path(__file__).parent
PROC = HERE / "proc"

if not PROC.exists():
    (PROC / "self").mkdir(parents=True)
    (PROC / "self/cgroup").write_text("0::/tests\\n")
    (PROC / "self/mountinfo").write_text(f"30 1 0:26 / {HERE} rw - cgroup2 cgroup2 rw\\n")
    (HERE / "tests").mkdir()
    (HERE / "tests/memory.events").write_text("low 0\\noom 0\\noom_kill 7\\noom_group_kill 0\\n")
memory_kills._PROC = PROC
"""

_KILLED_BY_THE_KERNEL = Fault(
    "killed_by_the_kernel",
    """
    import os, signal
    from pathlib import Path

    def test_fault():
        print("output so far", flush=True)
        events = Path("tests/memory.events")
        events.write_text(events.read_text().replace("oom_kill 7", "oom_kill 8"))
        os.kill(os.getpid(), signal.SIGKILL)
    """,
    DIED_IN_CALL,
    says=(
        "the worker process was killed by SIGKILL during call, most likely because memory ran out\n",
        "Since the test was started the kernel has killed 1 process of the control group /tests for lack of memory",
        "memory.events: oom_kill)",
        "output so far",
    ),
)

_CRASHED_MEANWHILE = Fault(
    "crashed_meanwhile",
    _KILLED_BY_THE_KERNEL.source.replace("SIGKILL", "SIGTERM"),
    DIED_IN_CALL,
    says=("killed by SIGTERM during call",),
    says_not=("memory ran out",),
)


@pytest.mark.parametrize("fault", [_KILLED_BY_THE_KERNEL, _CRASHED_MEANWHILE], ids=str)
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_what_the_kernel_has_counted_is_told(tmp_path: Path, variant: Variant, fault: Fault) -> None:
    (tmp_path / "conftest.py").write_text(_COUNTERS)
    check(fault, run_faults(tmp_path, [fault], variant))
