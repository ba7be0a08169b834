"""What happens to the host, to the zygote and to workers that wait: nothing is left, and no test is lost silently."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..behaviour.conftest import Suite
from ..inner_pytest import ON_REQUEST

#: Seconds within which everything has to be gone, and a user who has pressed Ctrl-C has the prompt back.
PROMPT_S = 2.0

#: Without plugins that would need a thread or a process themselves.
PLAIN = ("-p", "no:cacheprovider", "-p", "no:rerunfailures", *ON_REQUEST)

#: Whoever calls ``note_everybody`` writes down what must not outlive the run: its worker's whole ancestry up to the
#: host, and what it starts, in the group and out of it.
CONFTEST = """
import os, subprocess, sys

HOST = int(os.environ.setdefault("HOST_PID", str(os.getpid())))

def parent(pid):
    return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])

def note_everybody():
    pid, everybody = os.getpid(), []
    while pid != HOST:
        everybody.append(pid)
        pid = parent(pid)
    everybody.append(subprocess.Popen(["sleep", "1000"]).pid)
    everybody.append(subprocess.Popen(["sleep", "1000"], start_new_session=True).pid)
    with open("everybody.tmp", "w") as file:
        file.write(" ".join(map(str, everybody)))
    os.replace("everybody.tmp", "everybody")
    return everybody

def zygote():
    return os.getppid()

def keeper():
    return parent(os.getppid())
"""


def everybody(suite: Suite) -> list[int]:
    path = suite.path / "everybody"
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    return [int(pid) for pid in path.read_text().split()]


def assert_gone(pids: list[int]) -> None:
    end = time.monotonic() + PROMPT_S
    while alive := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < end, [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in alive]
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


VICTIMS = {
    "zygote": "os.kill(zygote(), signal.SIGKILL)",
    "keeper": "os.kill(keeper(), signal.SIGKILL)",
}


@pytest.mark.parametrize("workers", ["1", "4"])
@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_zygote_costs_the_tests_that_had_started(any_suite: Suite, victim: str, workers: str) -> None:
    any_suite.write(
        conftest=CONFTEST,
        test_a=f"""
            import asyncio, os, signal, time
            from conftest import keeper, note_everybody, zygote

            async def test_before():
                pass

            async def test_kills():
                note_everybody()
                {VICTIMS[victim]}
                time.sleep(1000)

            async def test_after_1():
                pass

            async def test_after_2():
                pass

            def test_in_the_host():
                pass
        """,
    )
    run = any_suite.run("--isolated-loop", f"--isolated-loop-workers={workers}")
    assert run.result.ret == 1
    assert run.outcome_of("test_kills") == {"setup": "passed", "call": "failed"}
    assert "lost during call: the process that forks the workers was killed by SIGKILL" in run.text_of("test_kills")
    assert run.outcome_of("in_the_host")["call"] == "passed"
    # With several workers, those after it may have been running too.
    for name in ("test_before", "test_after_1", "test_after_2"):
        outcome = run.outcome_of(name)
        assert outcome.get("call") == "passed" or "was lost during" in run.text_of(name), run.stdout
    if workers == "1":
        assert run.outcomes == {"passed": 4, "failed": 1}
    assert_gone(everybody(any_suite))


def test_the_second_zygote_that_is_killed_is_the_last(suite: Suite) -> None:
    suite.write(
        conftest=CONFTEST,
        test_a="""
            import os, pytest, signal, time
            from conftest import zygote

            @pytest.mark.parametrize("number", range(2))
            async def test_kills(number):
                os.kill(zygote(), signal.SIGKILL)
                time.sleep(1000)

            async def test_after():
                pass

            def test_in_the_host():
                pass
        """,
    )
    run = suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 1, "failed": 2, "errors": 1}
    assert "could not start: the process that forks the workers was killed by SIGKILL" in run.text_of("test_after")


#: In the host, so that a zygote which does nothing is given up soon; but not a healthy one on a busy machine.
IMPATIENT = """
from isolated_async.processes import zygote_handle, zygote_watch

zygote_watch.ANSWER_LIMIT_S = 4
zygote_handle.LEAVE_GRACE_S = 0.2
"""
NO_ANSWER = "the process that forks the workers has not answered for 4 s"


@pytest.mark.parametrize("arguments", [(), ("--isolated-loop-timeout=0", "--isolated-loop-workers=3")])
def test_a_zygote_that_is_stopped_is_replaced(any_suite: Suite, arguments: tuple[str, ...]) -> None:
    any_suite.write(
        conftest=CONFTEST + IMPATIENT,
        test_a="""
            import os, pytest, signal
            from conftest import note_everybody, zygote

            async def test_stops():
                note_everybody()
                os.kill(zygote(), signal.SIGSTOP)

            @pytest.mark.parametrize("number", range(6))
            async def test_after(number):
                pass

            def test_in_the_host():
                pass
        """,
    )
    run = any_suite.run("--isolated-loop", *arguments, timeout=60)
    # It has done nothing wrong, and may have been over.
    assert run.outcome_of("test_stops")["call"] == "passed" or f"call: {NO_ANSWER}" in run.text_of("test_stops")
    for number in range(6):
        assert run.outcome_of(f"test_after[{number}]")["call"] == "passed", run.stdout
    assert run.outcome_of("in_the_host")["call"] == "passed"
    assert_gone(everybody(any_suite))


def test_a_zygote_that_hangs_in_every_fork(suite: Suite) -> None:
    suite.write(
        conftest=IMPATIENT
        + """
import os, sys, threading

def hang():
    # The host starts its zygotes with forks of its own, and each zygote has a keeper.
    if sys._getframe(1).f_code.co_name == "fork" and sys._getframe(2).f_code.co_name == "_fork_quietly":
        threading.Event().wait()

os.register_at_fork(before=hang)
""",
        test_a="""
            async def test_a(): pass
            async def test_b(): pass
            def test_in_the_host(): pass
        """,
    )
    run = suite.run("--isolated-loop", timeout=60)
    assert run.outcomes == {"passed": 1, "errors": 2}
    for name in ("test_a", "test_b"):
        assert f"the isolated test could not start: {NO_ANSWER}" in run.text_of(name), run.stdout


def test_a_spare_that_is_killed_is_replaced(any_suite: Suite) -> None:
    any_suite.write(
        test_a="""
            import os, pathlib, signal, time

            def siblings():
                return {int(pid) for pid in pathlib.Path(f"/proc/{os.getppid()}/task/{os.getppid()}/children")
                        .read_text().split()} - {os.getpid()}

            async def test_kills_the_spare():
                while not siblings():
                    time.sleep(0.01)
                for pid in siblings():
                    os.kill(pid, signal.SIGKILL)

            async def test_after():
                pass
        """
    )
    assert any_suite.run("--isolated-loop").outcomes == {"passed": 2}


def test_a_worker_that_dies_before_its_case_begins_is_replaced_once(suite: Suite) -> None:
    suite.write(
        conftest="""
            import os, pytest, signal

            @pytest.hookimpl(tryfirst=True)
            def pytest_runtest_protocol(item):
                if "HOST" in os.environ and os.getpid() != int(os.environ["HOST"]):
                    with open("tries", "a+") as file:
                        file.write("x")
                        file.seek(0)
                        if len(file.read()) <= item.get_closest_marker("dies").args[0]:
                            os.kill(os.getpid(), signal.SIGKILL)

            def pytest_configure(config):
                config.addinivalue_line("markers", "dies: how often")
                os.environ.setdefault("HOST", str(os.getpid()))
        """,
        test_a="""
            import pytest

            @pytest.mark.dies(1)
            async def test_once():
                pass

            @pytest.mark.dies(9)
            async def test_always():
                pass
        """,
    )
    run = suite.run("--isolated-loop")
    assert run.outcome_of("test_once")["call"] == "passed"
    assert run.outcome_of("test_always") == {"setup": "failed"}
    assert "killed by SIGKILL during start" in run.text_of("test_always")
    assert (suite.path / "tries").read_text() == "x" * 4


#: With several workers it hangs while the one before is reported: for that it waits.
HANGS = """
    import time
    from pathlib import Path
    from conftest import note_everybody

    async def test_before():
        pass

    async def test_hangs():
        reported = Path("reports.jsonl")
        while not reported.exists() or reported.read_text().count("\\n") < 3:
            time.sleep(0.01)
        note_everybody()
        time.sleep(1000)

    async def test_after():
        pass
"""


@pytest.mark.parametrize("presses", [1, 2])
@pytest.mark.parametrize("workers", ["1", "4"])
def test_ctrl_c(any_suite: Suite, workers: str, presses: int) -> None:
    any_suite.write(conftest=CONFTEST, test_a=HANGS)
    host = any_suite.start("--isolated-loop", f"--isolated-loop-workers={workers}")
    pids = everybody(any_suite)
    pressed = time.monotonic()
    for _ in range(presses):
        host.send_signal(signal.SIGINT)
    output = host.communicate(timeout=60)[0]
    took = time.monotonic() - pressed
    assert_gone(pids)
    assert took < PROMPT_S, output
    # A second one may come while pytest deals with the first: then it ends as any program of Python's does.
    assert host.returncode in [pytest.ExitCode.INTERRUPTED, *([-signal.SIGINT] if presses == 2 else [])], output
    if presses == 1:
        assert "1 passed" in output
        assert "KeyboardInterrupt" in output


def test_a_host_that_is_stopped_does_not_count_the_time(suite: Suite) -> None:
    suite.write(
        conftest=CONFTEST,
        test_a="""
            import asyncio
            from conftest import note_everybody

            async def test_is_not_slow():
                note_everybody()
                await asyncio.sleep(4)
        """,
    )
    host = suite.start("--isolated-loop", "--isolated-loop-timeout=5")
    everybody(suite)
    time.sleep(0.2)
    host.send_signal(signal.SIGTSTP)
    time.sleep(6)
    host.send_signal(signal.SIGCONT)
    output = host.communicate(timeout=60)[0]
    assert host.returncode == 0, output


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("setpriv") is None, reason="the limit does not hold for root")
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_a_host_that_may_have_no_more_processes(suite: Suite, processes: int) -> None:
    suite.write(test_a="async def test_a(): pass\n\ndef test_in_the_host(): pass")
    nobody = ["setpriv", "--reuid=54321", "--clear-groups", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    limit = ["prlimit", f"--nproc={processes}"]
    done = subprocess.run(
        [*nobody, *limit, sys.executable, "-m", "pytest", *PLAIN, "--isolated-loop"],
        cwd=suite.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stdout
    assert "test could not start: " in done.stdout
    assert "Resource temporarily unavailable" in done.stdout
    assert "1 passed, 1 error" in done.stdout
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
