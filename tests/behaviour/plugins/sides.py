"""How a plugin is tested: one suite, run in process and isolated, whose artefacts are the same on both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..conftest import Run, Suite

#: Who drives the async tests, on both sides.
AUTO = ("-p", "no:anyio", "--asyncio-mode=auto", "-W", "ignore::pytest.PytestConfigWarning")
#: One at a time, and two at a time.
ONE = ("--isolated-loop-mode=all", "--isolated-loop-workers=1")
TWO = ("--isolated-loop-mode=all", "--isolated-loop-workers=2")

#: A test that crashes where it is isolated, and passes where it is not.
CRASHES = """
    async def test_crashes():
        import os, signal
        if os.environ["REPORT_LOG_PID"] != str(os.getpid()):
            os.kill(os.getpid(), signal.SIGSEGV)
"""

T = TypeVar("T")


def check_same(
    suite: Suite, read: Callable[[Run], T], *arguments: str, isolated: tuple[tuple[str, ...], ...] = (ONE,)
) -> tuple[T, list[Run]]:
    """Run the suite in process, and isolated in each of these ways; what is read of the runs must be the same.

    Returns:
        What was read of the run in process, and the isolated runs.
    """
    in_process = suite.run_in_process(*AUTO, *arguments)
    assert "INTERNALERROR" not in in_process.stdout, in_process.stdout
    expected = read(in_process)
    runs = []
    for way in isolated:
        run = suite.run(*AUTO, *arguments, *way)
        assert "tests isolated" in run.stdout or "-q" in arguments or "-n" in " ".join(arguments), run.stdout
        found = read(run)
        assert found == expected, f"{way}\nisolated:   {found}\nin process: {expected}"
        assert run.result.ret == in_process.result.ret
        runs.append(run)
    return expected, runs


def pid_file(suite: Suite, name: str) -> set[str]:
    """Where the tests ran that wrote ``REPORT_LOG_PID == getpid()`` into this file."""
    return set((suite.path / name).read_text().split())
