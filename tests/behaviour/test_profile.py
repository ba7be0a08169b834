"""``--isolated-loop-profile``: where the time of each isolated test went, without holes or overlaps."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

import pytest

from ..start_method import start_method
from .conftest import Suite
from .machines import Machines, machines

__all__ = ["machines"]

#: A rounded second in the file.
ROUNDED_S = 2e-7

FORKED = "ask fork prepare wait send begin"
SPAWNED = "ask exec load wait send collect prepare"
STARTED = SPAWNED if start_method() == "spawn" else FORKED
RUN = "setup report call report teardown wind-up report"
GONE = "exit reap tell turn replay"
#: The same where nobody waits until the worker is gone.
LEAVES = "tell turn replay exit reap"
#: Of a group, one that is not its last: nothing is wound up, and its worker stays.
STAYS = "setup report call report teardown report report turn replay"

KINDS = """
    import asyncio, os, signal, time
    import pytest
    from isolated_async import isolated_loop

    async def test_passes():
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass

    async def test_sleeps():
        await asyncio.sleep(0.05)

    @pytest.fixture
    def failing():
        raise ValueError("in setup")

    async def test_fails_in_setup(failing):
        pass

    async def test_is_killed():
        os.kill(os.getpid(), signal.SIGKILL)

    @isolated_loop(timeout=2)
    async def test_times_out():
        await asyncio.sleep(1000)

    @isolated_loop(timeout=2)
    async def test_hangs():
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            time.sleep(1)

    async def test_stops_the_clocks():
        def none(*arguments):
            raise RuntimeError("no clock")
        import builtins, resource
        resource.getrusage = time.clock_gettime = os.times = none
        builtins.super = None

    @isolated_loop(scope="class")
    class TestGroup:
        async def test_one(self):
            pass

        async def test_two(self):
            pass

        async def test_three(self):
            pass

    @isolated_loop(start="spawn")
    async def test_spawned():
        pass

    @isolated_loop(False)
    def test_in_the_host():
        pass
"""


def _profile(path: Path) -> dict[str, Any]:
    profile: dict[str, Any] = json.loads(path.read_text())
    assert profile["schema"] == 1
    assert profile["waiting"] == ["turn", "wait"]
    _assert_sums(profile)
    return profile


def _assert_sums(profile: dict[str, Any]) -> None:
    """The stages are those of the cases, and the sum of all that count is the sum of the cases."""
    sums: dict[str, float] = {}
    faults: dict[str, int] = {}
    for case in profile["cases"]:
        for span in case["stages"]:
            assert span["wall_s"] is None or span["wall_s"] >= 0
            assert span["cpu_s"] is None or span["cpu_s"] >= 0
            if span["wall_s"] is not None:
                sums[span["stage"]] = sums.get(span["stage"], 0) + span["wall_s"]
                faults[span["stage"]] = faults.get(span["stage"], 0) + (span["faults"] or 0)
    assert {each["stage"]: each["wall_s"] for each in profile["stages"]} == pytest.approx(sums, abs=1e-4)
    assert {each["stage"]: each["faults"] for each in profile["stages"]} == faults
    counted_s = sum(wall_s for stage, wall_s in sums.items() if stage not in profile["waiting"])
    assert profile["counted_s"] == pytest.approx(counted_s, abs=1e-4)
    assert profile["counted_s"] == pytest.approx(sum(case["counted_s"] for case in profile["cases"]))
    assert sum(each["share"] or 0 for each in profile["stages"]) == pytest.approx(1, abs=1e-4)


def _assert_without_holes(case: dict[str, Any]) -> None:
    """Each stage begins where the one before it ends, from the first to the last one, and what comes afterwards too."""
    spans = case["stages"]
    assert case["is_complete"]
    last = next(at for at, span in enumerate(spans, 1) if span["stage"] == "replay")
    whole_s = 0.0
    for part in (spans[:last], spans[last:]):
        for span, following in itertools.pairwise(part):
            assert span["at"] + span["wall_s"] == pytest.approx(following["at"], abs=ROUNDED_S)
        whole_s += part[-1]["at"] + part[-1]["wall_s"] - part[0]["at"] if part else 0.0
    waited_s = sum(span["wall_s"] for span in spans if span["stage"] in ("wait", "turn"))
    assert case["counted_s"] == pytest.approx(whole_s - waited_s, abs=ROUNDED_S * len(spans))


def _stages(profile: dict[str, Any]) -> dict[str, str]:
    return {
        f"{case['node_id'].rpartition('::')[2]}{'' if case['attempt'] == 1 else ' again'}": " ".join(
            span["stage"] for span in case["stages"]
        )
        for case in profile["cases"]
    }


def _span(profile: dict[str, Any], name: str, stage: str) -> dict[str, Any]:
    (case,) = [case for case in profile["cases"] if case["node_id"].endswith(name)]
    return next(span for span in case["stages"] if span["stage"] == stage)


@pytest.mark.parametrize("workers", [1, 3])
def test_every_kind_of_case(suite: Suite, workers: int) -> None:
    suite.write(test_a=KINDS)
    began = time.monotonic()
    file = "--isolated-loop-profile-json=of/this/run.json"
    run = suite.run("--isolated-loop", f"--isolated-loop-workers={workers}", file)
    assert run.outcomes == {"passed": 8, "failed": 3, "errors": 1}, run.stdout
    profile = _profile(suite.path / "of" / "this" / "run.json")
    assert _stages(profile) == {
        "test_passes": f"{STARTED} {RUN} {LEAVES}",
        "test_sleeps": f"{STARTED} {RUN} {LEAVES}",
        "test_fails_in_setup": f"{STARTED} setup report teardown wind-up report {LEAVES}",
        "test_is_killed": f"{STARTED} setup report call reap tell turn replay",
        "test_times_out": f"{STARTED} {RUN} {LEAVES}",
        "test_hangs": f"{STARTED} setup report call reap tell turn replay",
        "test_stops_the_clocks": f"{STARTED} {RUN} {LEAVES}",
        "test_one": f"{STARTED} {STAYS}",
        "test_two": f"send begin {STAYS}",
        "test_three": f"send begin {RUN} {LEAVES}",
        "test_spawned": f"{SPAWNED} {RUN} {LEAVES}",
    }
    for case in profile["cases"]:
        _assert_without_holes(case)
        assert began < case["stages"][0]["at"] < time.monotonic()
    endings = {case["node_id"].rpartition("::")[2]: case["ending"] for case in profile["cases"]}
    assert endings.pop("test_is_killed") == "KilledBySignal"
    assert endings.pop("test_hangs") == "TimedOut"
    assert set(endings.values()) == {"Finished"}
    assert len({case["worker"] for case in profile["cases"]}) == 9
    # What a stage costs is in that stage.
    assert _span(profile, "test_passes", "call")["cpu_s"] >= 0.05
    assert _span(profile, "test_sleeps", "call")["wall_s"] >= 0.05 > _span(profile, "test_sleeps", "call")["cpu_s"]
    assert _span(profile, "test_times_out", "call")["wall_s"] >= 2
    assert _span(profile, "test_hangs", "call")["wall_s"] >= 2
    for name in ("test_passes", "test_spawned"):
        of_case = next(case for case in profile["cases"] if case["node_id"].endswith(name))["stages"]
        assert all(span["faults"] is not None for span in of_case if span["stage"] not in ("send", "tell", "turn"))
        assert sum(span["faults"] or 0 for span in of_case) > 100
    assert f"isolated-loop: the profile is in {suite.path}/of/this/run.json" in run.stdout
    assert "slowest 5 of 11 (-vv shows all), in ms:" in run.stdout


def test_under_xdist_with_reruns(suite: Suite) -> None:
    suite.ini("isolated_loop_profile = true")
    suite.write(
        test_a="""
            import os, pathlib
            import pytest
            from isolated_async import shared_fixture

            @shared_fixture
            async def shared():
                yield 5

            @pytest.mark.flaky(reruns=1)
            async def test_again():
                pathlib.Path("tried").open("a").write("x")
                assert len(pathlib.Path("tried").read_text()) == 2

            async def test_shared(shared):
                assert shared == 5
        """
    )
    run = suite.run("-n2", "--isolated-loop", "-vv", "--isolated-loop-profile-json=profile.json")
    assert run.outcomes == {"passed": 2, "rerun": 1}, run.stdout
    profile = _profile(suite.path / "profile.json")
    whole = f"{STARTED} {RUN} {LEAVES}"
    assert _stages(profile) == {"test_again": whole, "test_again again": whole, "test_shared": whole}
    for case in profile["cases"]:
        _assert_without_holes(case)
    assert {case["host"] for case in profile["cases"]} == {"gw0", "gw1"}
    assert run.stdout.count("isolated-loop: where the time went") == 1
    assert "3 isolated tests, " in run.stdout
    assert "slowest 3, in ms:" in run.stdout
    assert "test_a.py::test_again (attempt 2)" in run.stdout


def test_of_another_machine_what_its_own_clock_says(machines: Machines) -> None:
    machines.write(test_a="async def test_a():\n    pass\n\nasync def test_b():\n    pass\n")
    path = machines.suite.path / "profile.json"
    arguments = ("--isolated-loop", f"--isolated-loop-profile-json={path}", "--isolated-loop-workers=1")
    run = machines.suite.run(*arguments, machines.spec(1))
    assert run.outcomes == {"passed": 2}, run.stdout + run.stderr
    profile = _profile(path)
    here = [case for case in profile["cases"] if not case["machine"]]
    (there,) = [case for case in profile["cases"] if case["machine"]]
    assert len(here) == 1
    _assert_without_holes(here[0])
    assert not there["is_complete"]
    begins = STARTED.replace(" send", "")
    assert " ".join(span["stage"] for span in there["stages"]) == f"{begins} {RUN} {GONE}"
    # What passes between the two machines.
    assert [span["stage"] for span in there["stages"] if span["wall_s"] is None] == ["ask", "tell"]


NOTHING_OF_IT = """
    import sys
    import pytest

    OF_IT = ("isolated_async.profiling", "isolated_async_workers.profiling")

    def of_it():
        return sorted(name for name in sys.modules if name.startswith(OF_IT))

    @pytest.fixture
    def loaded():
        return of_it()

    def pytest_unconfigure():
        print("loaded here:", of_it())
"""


def test_without_it_nothing_of_it_is_there(suite: Suite) -> None:
    suite.write(
        conftest=NOTHING_OF_IT,
        test_a="""
            from isolated_async import isolated_loop

            async def test_a(loaded):
                assert loaded == ["isolated_async.profiling", "isolated_async.profiling.wanted"]

            @isolated_loop(start="spawn")
            async def test_spawned(loaded):
                assert loaded == ["isolated_async.profiling", "isolated_async.profiling.wanted"]
        """,
    )
    run = suite.run("--isolated-loop", "-s")
    assert run.outcomes == {"passed": 2}, run.stdout
    assert "loaded here: ['isolated_async.profiling', 'isolated_async.profiling.wanted']" in run.stdout
    assert "where the time went" not in run.stdout
    assert not list(suite.path.glob("*.json"))


def test_where_nothing_is_forked(suite: Suite) -> None:
    suite.write(conftest=NOTHING_OF_IT, test_a="async def test_a(loaded):\n    assert not loaded\n")
    suite.ini("isolated_loop_profile_json = profile.json")
    run = suite.run("--isolated-loop", "--isolated-loop-start=spawn")
    assert run.outcomes == {"failed": 1}, run.stdout
    assert "isolated_async_workers.profiling.channel" in run.text_of("test_a")
    profile = _profile(suite.path / "profile.json")
    assert _stages(profile) == {"test_a": f"{SPAWNED} {RUN} {LEAVES}"}
    _assert_without_holes(profile["cases"][0])


def test_a_file_that_cannot_be_written_and_a_run_that_isolates_nothing(suite: Suite) -> None:
    suite.write(test_a="async def test_a():\n    pass\n\ndef test_b():\n    pass\n")
    (suite.path / "file").write_text("")
    lost = suite.run("--isolated-loop", "--isolated-loop-profile-json=file/profile.json")
    assert lost.outcomes == {"passed": 2}
    assert lost.result.ret == 0
    assert f"isolated-loop: the profile cannot be written to {suite.path}/file/profile.json: " in lost.stdout
    assert "1 isolated test, " in lost.stdout
    none = suite.run("-k", "test_b", "--isolated-loop", "--isolated-loop-profile-json=none.json")
    assert none.outcomes == {"passed": 1, "deselected": 1}
    assert "where the time went" not in none.stdout
    assert json.loads((suite.path / "none.json").read_text())["cases"] == []
