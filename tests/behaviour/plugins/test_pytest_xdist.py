"""pytest-xdist: every isolated test in a worker process of an xdist worker, whatever the distribution."""

from __future__ import annotations

import json

import pytest

from ..conftest import Run, Suite
from .sides import AUTO

SOURCE = """
    import asyncio, json, os
    import pytest
    from isolated_async import isolated_loop

    @pytest.fixture(autouse=True)
    def written_down(request, worker_id, testrun_uid):
        yield
        line = [request.node.name, worker_id, os.environ["PYTEST_XDIST_WORKER"], os.getpid(), os.getppid()]
        with open("ran", "a") as file:
            file.write(json.dumps(line) + "\\n")
        request.config.workeroutput["ran " + request.node.name] = [worker_id]

    @pytest.mark.xdist_group("together")
    @pytest.mark.parametrize("number", range(3))
    async def test_group(number):
        await asyncio.sleep(0)

    @pytest.mark.parametrize("number", range(3))
    async def test_alone(number):
        assert number != 1

    # xdist distributes tests, not classes, unless it is told: those of a group must come to one of its workers.
    @pytest.mark.xdist_group("class")
    @isolated_loop(scope="class")
    class TestClass:
        async def test_one(self):
            TestClass.one = os.getpid(), os.environ["PYTEST_XDIST_WORKER"]

        async def test_two(self):
            here = os.getpid(), os.environ["PYTEST_XDIST_WORKER"]
            assert getattr(TestClass, "one", here) == here

    @isolated_loop(False)
    def test_in_the_host():
        pass
"""
CONFTEST = """
    import json

    def pytest_testnodedown(node, error):
        with open("output", "a") as file:
            file.write(json.dumps([name for name in node.workeroutput if name.startswith("ran")]) + "\\n")
"""
#: The other distributions.
_FURTHER = [pytest.param(dist, marks=pytest.mark.variants) for dist in ("loadfile", "loadgroup", "worksteal", "each")]


def _run(suite: Suite, *arguments: str) -> tuple[Run, list[list[str]]]:
    run = suite.run(*AUTO, "--isolated-loop-mode=all", *arguments)
    ran = [json.loads(line) for line in (suite.path / "ran").read_text().splitlines()]
    (suite.path / "ran").unlink()
    return run, ran


def _xdist_workers(ran: list[list[str]], name: str) -> set[str]:
    return {worker for test, worker, *_ in ran if test.startswith(name)}


@pytest.mark.parametrize("dist", ["load", "loadscope", *_FURTHER])
def test_distributions(suite: Suite, dist: str) -> None:
    suite.write(test_a=SOURCE, conftest=CONFTEST)
    run, ran = _run(suite, "-n", "2", f"--dist={dist}")
    times = 2 if dist == "each" else 1
    assert run.outcomes == {"passed": 8 * times, "failed": times}, run.stdout
    # Each in a process of its own, but for the group, and none of them that of an xdist worker.
    assert {environment for _, _, environment, *_ in ran} <= {"gw0", "gw1"}
    assert all(worker == environment for _, worker, environment, *_ in ran)
    isolated = {pid for name, _, _, pid, _ in ran if name != "test_in_the_host"}
    # With pytest 9.2, xdist 3.8 does not know any more which tests belong together.
    is_grouped = any(each["nodeid"].endswith("@together") for each in run.reports)
    # The tests of the class have one, if they come to the same xdist worker.
    if dist in ("loadscope", "loadfile", "each") or is_grouped:
        assert len(isolated) == 7 * times
    assert not isolated & {pid for name, _, _, pid, _ in ran if name == "test_in_the_host"}
    if dist in ("loadscope", "loadfile"):
        assert len(_xdist_workers(ran, "test_group")) == 1
        assert len(_xdist_workers(ran, "test_alone")) == 1
    if is_grouped:
        assert len(_xdist_workers(ran, "test_group")) == 1
    output = [json.loads(line) for line in (suite.path / "output").read_text().splitlines()]
    # The controlling process has what each test has left for it.
    assert sum(map(len, output)) == 9 * times


@pytest.mark.variants
def test_without_distribution(suite: Suite) -> None:
    suite.write(test_a="async def test_a(worker_id):\n    assert worker_id == 'master'\n")
    for arguments in (("-n", "0"), ("--dist=no",)):
        run = suite.run(*AUTO, "--isolated-loop-mode=all", *arguments)
        assert run.outcomes == {"passed": 1}, run.stdout


def test_a_crash_is_no_crash_of_the_xdist_worker(suite: Suite) -> None:
    suite.write(
        test_a="""
            import os, signal

            async def test_crashes():
                os.kill(os.getpid(), signal.SIGSEGV)

            async def test_leaves():
                os._exit(0)

            async def test_passes():
                pass
        """
    )
    run = suite.run(*AUTO, "--isolated-loop-mode=all", "-n", "1", "--max-worker-restart=0")
    assert run.outcomes == {"passed": 1, "failed": 2}, run.stdout
    assert "the worker process was killed by SIGSEGV during call" in run.text_of("test_crashes")
    assert "worker 'gw0' crashed" not in run.stdout
