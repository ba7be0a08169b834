"""Where ``run_isolated`` is called: scripts, forks, notebooks, xdist workers, isolated tests; and how callers end."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import PATIENCE_S, is_alive, wait_until

RunScript = Callable[..., subprocess.CompletedProcess[str]]

#: Starts what would outlive its process if nobody ended it, and notes everything that there is.
HANGING = """
import os, subprocess, sys, time
from isolated_async import run_isolated, IsolatedPool

def hang():
    left = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    keeper = int(open(f"/proc/{os.getppid()}/stat").read().rpartition(")")[2].split()[1])
    with open("pids.new", "w") as pids:
        print(os.getpid(), os.getppid(), keeper, left.pid, file=pids)
    os.rename("pids.new", "pids")
    time.sleep(1000)
"""


def test_a_script(run_script: RunScript, tmp_path: Path) -> None:
    done = run_script(
        """
import asyncio, os, sys
from isolated_async import run_isolated, IsolatedTimeout
assert "pytest" not in sys.modules

class Own(Exception):
    pass

class Point:
    def __init__(self, x): self.x = x

OFFSET = 1

async def use(point):
    print("printed there")
    assert os.path.basename(sys.argv[0]) == "script.py"
    return Point(point.x + OFFSET)

def fail():
    raise Own("of __main__")

def loaded():
    return sorted({"pytest", "isolated_async", "execnet"} & set(sys.modules))

found = run_isolated(use, Point(1))
assert type(found) is Point and found.x == 2
assert isinstance(os.getpid(), int) and run_isolated(os.getppid) != os.getpid()
try:
    run_isolated(fail)
except Own as error:
    print("caught", error)
assert run_isolated(loaded) == [], run_isolated(loaded)
os.mkdir("elsewhere")
os.chdir("elsewhere")
sys.path.insert(0, "")
with open("neighbour.py", "w") as file:
    file.write("import sys\\nfrom isolated_async import run_isolated\\ndef loaded(): return 'pytest' in sys.modules\\n")
import neighbour
assert run_isolated(neighbour.loaded) is False
assert "pytest" not in sys.modules
fail_after_all = run_isolated(fail)
"""
    )
    assert done.stdout == "printed there\ncaught of __main__\n"
    assert done.returncode == 1
    # What a reader sees of an exception that nobody catches.
    assert "Own: of __main__\n" in done.stderr
    assert "In the process of the function:\nTraceback (most recent call last):\n  File" in done.stderr
    assert ', in fail\n    raise Own("of __main__")\n' in done.stderr


@pytest.mark.parametrize(
    ("how", "signal_number"),
    [
        ("run_isolated(hang)", signal.SIGKILL),
        ("run_isolated(hang)", signal.SIGTERM),
        ("run_isolated(hang)", signal.SIGINT),
        ("run_isolated(hang, start='spawn')", signal.SIGKILL),
        ("IsolatedPool(1).run(hang)", signal.SIGINT),
    ],
)
def test_a_caller_that_is_stopped_leaves_nothing(how: str, signal_number: signal.Signals, tmp_path: Path) -> None:
    caller = subprocess.Popen(
        [sys.executable, "-c", f"{HANGING}\n{how}"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: (tmp_path / "pids").exists())
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len([pid for pid in pids if is_alive(pid)]) == 4
    caller.send_signal(signal_number)
    errors = caller.communicate(timeout=PATIENCE_S)[1]
    assert caller.returncode == -signal_number
    if signal_number == signal.SIGINT:
        assert not [pid for pid in pids if is_alive(pid)]
        assert errors.endswith("\nKeyboardInterrupt\n")
    wait_until(lambda: not [pid for pid in pids if is_alive(pid)])


def test_a_caller_that_goes_on_after_ctrl_c_and_ends_without_a_word(run_script: RunScript, tmp_path: Path) -> None:
    done = run_script(
        HANGING
        + """
import signal, threading
main = threading.main_thread().ident

def interrupt():
    while not os.path.exists("pids"):
        time.sleep(0.01)
    signal.pthread_kill(main, signal.SIGINT)

threading.Thread(target=interrupt).start()
try:
    run_isolated(hang)
except KeyboardInterrupt:
    worker, zygote, keeper, left = map(int, open("pids").read().split())
    print([os.path.exists(f"/proc/{pid}") for pid in (worker, zygote, keeper, left)])
    print(run_isolated(os.getppid) == zygote)
pool = IsolatedPool(2)
future = pool.submit(hang)
os.remove("pids")
while not os.path.exists("pids"):
    time.sleep(0.01)
"""
    )
    assert (done.stdout, done.stderr, done.returncode) == ("[False, True, True, False]\nTrue\n", "", 0)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    # The interpreter has waited for their end.
    assert not [pid for pid in pids if is_alive(pid)]


def test_a_fork_of_the_caller_has_processes_of_its_own(run_script: RunScript) -> None:
    done = run_script(
        """
import os, sys, warnings
from isolated_async import IsolatedPool, PoolClosed, run_isolated
from isolated_async.functions import run

pool = IsolatedPool(1)
zygotes = [run_isolated(os.getppid), pool.run(os.getppid)]
descriptors = len(os.listdir("/proc/self/fd"))
warnings.simplefilter("ignore")
run._lock.acquire()  # As another thread may at this moment.
child = os.fork()
if child == 0:
    inherited = descriptors - len(os.listdir("/proc/self/fd"))
    try:
        pool.run(os.getpid)
    except PoolClosed as error:
        print("fork:", str(error).replace(str(os.getppid()), "PARENT"), flush=True)
    pool.close()
    print("fork:", inherited > 4, run_isolated(os.getppid) not in zygotes, flush=True)
    sys.exit(0)
run._lock.release()
assert os.waitpid(child, 0) == (child, 0)
print([run_isolated(os.getppid), pool.run(os.getppid)] == zygotes)
"""
    )
    assert done.stdout == (
        "fork: the pool belongs to process PARENT, of which this one is a fork: make another one\n"
        "fork: True True\n"
        "True\n"
    ), done.stderr
    assert done.stderr == ""


def test_a_fork_of_the_caller_waits_until_the_thread_stands_still(run_script: RunScript) -> None:
    done = run_script(
        """
import os, threading, time, warnings
from isolated_async import IsolatedPool

warnings.simplefilter("ignore")
begun, ended = threading.Event(), threading.Event()

def callback(_):
    begun.set()
    time.sleep(0.2)
    ended.set()

with IsolatedPool(1) as pool:
    pool.submit(os.getpid).add_done_callback(callback)
    begun.wait()
    child = os.fork()
    if child == 0:
        os._exit(0 if ended.is_set() else 1)
    print(os.waitpid(child, 0) == (child, 0), pool.run(os.getpid) != os.getpid())
"""
    )
    assert (done.stdout, done.stderr) == ("True True\n", "")


def test_where_nothing_can_be_started(run_script: RunScript) -> None:
    done = run_script(
        """
import os, resource, sys
from isolated_async import CouldNotStart, run_isolated

def tried(**options):
    try:
        return run_isolated(os.getpid, **options)
    except CouldNotStart as error:
        print(str(error).splitlines()[0])

here, sys.executable = sys.executable, "/no/such/python"
tried()
sys.executable = "/bin/false"
tried()
sys.executable = here
assert tried()
limits = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 2, limits[1]))
tried()
resource.setrlimit(resource.RLIMIT_NOFILE, limits)
assert tried()
"""
    )
    assert done.stdout == (
        "getpid: No such file or directory (errno 2)\n"
        "getpid: the process that forks for functions exited with status 1\n"
        "getpid: Too many open files (errno 24)\n"
    ), done.stderr
    assert (done.stderr, done.returncode) == ("", 0)


def test_in_tests(suite: Any) -> None:
    """Under pytest, under xdist, in isolated tests: and there it is no leak."""
    suite.write(
        test_a="""
            import asyncio, os
            import pytest
            from isolated_async import isolated_loop, run_isolated, run_isolated_async

            @pytest.mark.parametrize("number", range(4))
            def test_plain(number):
                assert run_isolated(lambda: (number, os.getpid() != os.getppid())) == (number, True)
                assert run_isolated(os.getpid) != os.getpid()

            @isolated_loop(leaks="error")
            async def test_isolated():
                assert run_isolated(os.getpid) != os.getpid()
                assert await run_isolated_async(asyncio.sleep, 0, 7) == 7

            def test_fails():
                def broken():
                    raise LookupError("in another process")
                run_isolated(broken)
        """
    )
    run = suite.run("-n", "2")
    assert run.outcomes == {"passed": 5, "failed": 1}, run.stdout
    assert 'raise LookupError("in another process")' in run.text_of("test_fails")
    assert "In the process of the function" in run.text_of("test_fails")


def test_a_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real kernel: cells run in a running loop, what they define is in ``__main__``, and their stdout is no file."""
    from jupyter_client.manager import KernelManager

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)

        def cell(source: str) -> tuple[str, str]:
            """What it prints, and the last line of its error."""
            printed: list[str] = []
            errors: list[str] = []

            def take(message: dict[str, Any]) -> None:
                content = message["content"]
                if message["msg_type"] == "stream":
                    printed.append(content["text"])
                elif message["msg_type"] == "error":
                    errors.append(f"{content['ename']}: {content['evalue']}")

            client.execute_interactive(source, timeout=60, output_hook=take)
            return "".join(printed), "".join(errors)

        defined = "import asyncio, os\nfrom isolated_async import run_isolated, run_isolated_async\nfactor = 6\n"
        defined += "class Own(Exception): pass\n"
        defined += "async def times(number):\n    print('in the function')\n    await asyncio.sleep(0)\n"
        defined += "    return factor * number, os.getpid() != os.getppid()\n"
        assert cell(defined) == ("", "")
        assert cell("print(run_isolated(times, 7))") == ("in the function\n(42, True)\n", "")
        assert cell("print(await run_isolated_async(times, 7))") == ("in the function\n(42, True)\n", "")
        assert cell("def fail(): raise Own('cell')\nrun_isolated(fail)") == ("", "Own: cell")
        assert cell("try: run_isolated(fail)\nexcept Own: print('the same class')") == ("the same class\n", "")
        assert cell("run_isolated(os._exit, 3)")[1].startswith(
            "WorkerCrashed: the process of _exit exited with status 3"
        )
        keeper = int(cell("print(open(f'/proc/{run_isolated(os.getppid)}/stat').read().split()[3])")[0])
        assert is_alive(keeper)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    wait_until(lambda: not is_alive(keeper))


def test_a_suite_that_calls_functions_when_it_is_imported_is_forked_all_the_same(suite: Any) -> None:
    suite.write(
        test_a="""
            import os
            from isolated_async import IsolatedPool, run_isolated
            import pytest

            HERE = os.getpid()
            FOUND = run_isolated(os.getpid)
            SERVER = IsolatedPool(1)
            SERVER.run(os.getpid)
            RUNNING = SERVER.submit(__import__("time").sleep, 1000)

            @pytest.mark.parametrize("number", range(3))
            async def test_isolated(number):
                assert os.getpid() != HERE  # Forked: else it would have been imported here.
                assert run_isolated(os.getpid) not in (FOUND, os.getpid())

            def test_in_the_host():
                assert os.getpid() == HERE
                assert not RUNNING.done()
        """
    )
    run = suite.run("--isolated-loop", "--isolated-loop-leaks=error")
    assert run.outcomes == {"passed": 4}, run.stdout
    assert "thread" not in run.stdout
