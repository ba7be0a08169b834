"""One fault, the suite that all faults of a file make together, and what must have become of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..behaviour.conftest import REPORT_LOG, SECOND_THREAD
from ..inner_pytest import OF_THE_OUTER_RUN, ON_REQUEST, without_costly_plugins
from ..start_method import start_arguments

#: Seconds for the run of one file's faults: many times what it takes on a quiet machine.
LONGEST_RUN_S = 300

#: Before and after each fault: a test that fails if anything of the fault, or of the process it ran in, has reached it.
_NEIGHBOUR = """
async def test_{name}(tmp_path, capfd):
    import asyncio, faulthandler, gc, json, linecache, locale, os, pickle, resource, select, signal, socket, struct, sys
    import threading, time, traceback, warnings

    before = time.monotonic()
    await asyncio.sleep(0.001)
    assert time.monotonic() > before
    assert pickle.loads(pickle.dumps(json.loads(json.dumps([1])))) == [1]
    assert threading.active_count() == 1
    assert gc.isenabled()
    assert sys.gettrace() is None or "coverage" in sys.modules
    assert sys.getprofile() is None and sys.getrecursionlimit() == 1000 and sys.getswitchinterval() == 0.005
    assert gc.get_debug() == 0 and faulthandler.is_enabled() and os.getpgrp() == os.getpid()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    zygote = os.getppid()
    for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE, resource.RLIMIT_STACK, resource.RLIMIT_CORE):
        assert resource.getrlimit(limit) == resource.prlimit(zygote, limit)
    assert os.getpriority(os.PRIO_PROCESS, 0) == os.getpriority(os.PRIO_PROCESS, zygote)
    assert os.sched_getaffinity(0) == os.sched_getaffinity(zygote)
    assert time.gmtime().tm_year > 2020 and time.strftime("%Z") == time.strftime("%Z", time.localtime(0))
    assert struct.unpack("b", struct.pack("b", 1)) == (1,) and repr([1]) == "[1]"
    assert traceback.format_stack() and linecache.getlines(__file__) and warnings.filters != [None]
    assert sys.path and sys.meta_path and sys.stdout and sys.stderr and sys.exc_info()[0] is None
    asyncio.new_event_loop().close()
    assert os.getcwd() == os.environ["SUITE"] and os.environ["HOME"]
    assert os.umask(0o022) == 0o022
    assert locale.setlocale(locale.LC_ALL) == "C"
    with socket.socket() as one, open(tmp_path / "a", "w") as file:
        file.write("a")
        assert select.select([], [file], [], 0) == ([], [file], [])
    os.write(1, b"out")
    print("err", file=sys.stderr)
    assert capfd.readouterr() == ("out", "err\\n")
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """How the suite of a file is run."""

    workers: int
    zygote: str

    def __str__(self) -> str:
        return f"{self.workers}-{self.zygote}"


#: Between them, every number of workers and every way in which workers come to be.
VARIANTS = (Variant(1, "forked"), Variant(4, "fresh"))


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break a process.

    Attributes:
        name: of the module ``test_<name>.py``.
        source: that module, but for its neighbours; its test is ``test_fault``, and anything may stand around it.
        reports: stage and outcome of every report of ``test_fault``, in order: ``("setup", "passed")``.
        says: texts that the reports of ``test_fault`` must contain.
        says_not: texts that nothing which concerns ``test_fault`` may contain.
    """

    name: str
    source: str
    reports: tuple[tuple[str, str], ...]
    says: tuple[str, ...] = ()
    says_not: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    @property
    def module(self) -> str:
        parts = (_NEIGHBOUR.format(name="before"), textwrap.dedent(self.source), _NEIGHBOUR.format(name="after"))
        return "\n".join(parts)


PASSED = (("setup", "passed"), ("call", "passed"), ("teardown", "passed"))
FAILED = (("setup", "passed"), ("call", "failed"), ("teardown", "passed"))
DIED_IN_SETUP = (("setup", "failed"),)
DIED_IN_CALL = (("setup", "passed"), ("call", "failed"))
DIED_IN_TEARDOWN = (("setup", "passed"), ("call", "passed"), ("teardown", "failed"))


@dataclass
class Outcome:
    """What became of one run."""

    directory: Path
    exit_code: int
    output: str
    reports: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def stages(self, node_id: str) -> tuple[tuple[str, str], ...]:
        return tuple((each["when"], each["outcome"]) for each in self.reports[node_id])

    def text(self, node_id: str) -> str:
        return "\n".join(
            "\n".join([each["text"], *(f"{title}\n{text}" for title, text in each["sections"])])
            for each in self.reports[node_id]
        )


def run_faults(directory: Path, faults: list[Fault], variant: Variant, *arguments: str) -> Outcome:
    """Run the suite that ``faults`` make together, every test isolated."""
    for fault in faults:
        (directory / f"test_{fault.name}.py").write_text(fault.module)
    return run(directory, variant, *arguments)


def run(directory: Path, variant: Variant, *arguments: str) -> Outcome:
    """Run pytest in ``directory``, every test isolated."""
    (directory / "pytest.ini").write_text("[pytest]\n")
    (directory / "report_log.py").write_text(REPORT_LOG)
    (directory / "second_thread.py").write_text(SECOND_THREAD)
    second = ["-p", "second_thread"] if variant.zygote == "fresh" else []
    words = " ".join([*(path.read_text() for path in directory.glob("*.py")), *arguments])
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *ON_REQUEST, "-p", "report_log", *second, "-p", "no:cacheprovider"),
            *(*without_costly_plugins(words), *start_arguments()),
            *("--isolated-loop-mode=all", f"--isolated-loop-workers={variant.workers}", *arguments),
        ],
        cwd=directory,
        env=environment(directory),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LONGEST_RUN_S,
    )
    outcome = Outcome(directory, done.returncode, done.stdout.decode("utf-8", "backslashreplace"))
    log = directory / "reports.jsonl"
    for line in log.read_text().splitlines() if log.exists() else []:
        report = json.loads(line)
        outcome.reports[report["nodeid"]].append(report)
    return outcome


def environment(directory: Path) -> dict[str, str]:
    """The environment of such a run."""
    kept = {name: value for name, value in os.environ.items() if name not in OF_THE_OUTER_RUN}
    return {**kept, "PYTHONPATH": str(directory), "SUITE": str(directory), "LC_ALL": "C"}


def check(fault: Fault, outcome: Outcome) -> None:
    """The fault has exactly its verdict, and its neighbours have passed."""
    module = f"test_{fault.name}.py"
    assert "INTERNALERROR" not in outcome.output
    for neighbour in ("before", "after"):
        node_id = f"{module}::test_{neighbour}"
        assert outcome.stages(node_id) == PASSED, outcome.text(node_id)
    node_id = f"{module}::test_fault"
    text = outcome.text(node_id)
    assert outcome.stages(node_id) == fault.reports, f"{outcome.stages(node_id)}\n{text}"
    for part in fault.says:
        assert part in text, f"{part!r} is not in:\n{text}"
    for part in fault.says_not:
        assert part not in text, f"{part!r} is in:\n{text}"


def check_in_process(faults: list[Fault], directory: Path) -> None:
    """The same verdicts, in the same words, without isolation: in one process, which all of the faults leave alive."""
    # What is async, pytest-asyncio has to run there.
    outcome = run_faults(directory, faults, VARIANTS[0], "--isolated-loop-mode=off", "-o", "asyncio_mode=auto")
    assert "INTERNALERROR" not in outcome.output
    for fault in faults:
        node_id = f"test_{fault.name}.py::test_fault"
        assert outcome.stages(node_id) == fault.reports, node_id
        for part in fault.says:
            assert part in outcome.text(node_id), node_id
