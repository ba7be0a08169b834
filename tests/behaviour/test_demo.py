"""The example suite does what its README says, on both sides, and the demo tells it so."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ..inner_pytest import NONE_OF_THEM

PROJECT = Path(__file__).resolve().parents[2]
SCRIPTS = PROJECT / "scripts"

NESTED = "This event loop is already running"
SIX_TESTS = (
    "test_event_reaches_its_subscriber",
    "test_events_arrive_in_order",
    "test_every_subscriber_gets_every_event",
    "test_late_client_catches_up",
    "test_lost_client_harms_no_other",
    "test_other_topics_stay_silent",
)

#: Test -> result, a part of its message, and whether its body began to run.
IN_PROCESS = {
    **{f"test_event_delivery.py::EventDelivery::{name}": ("failed", NESTED, False) for name in SIX_TESTS},
    "test_false_green.py::History::test_last_events_come_oldest_first": ("passed", "", False),
    "test_false_green.py::History::test_last_zero_events_are_none": ("passed", "", False),
    "test_false_green.py::Publishing::test_publishing_to_nobody_says_so": ("passed", "", False),
    "test_false_green.py::Publishing::test_second_client_receives": ("passed", "", False),
    "test_neighbours.py::SelfCheck::test_leaves_no_loop": ("passed", "", True),
    "test_neighbours.py::AfterSelfCheck::test_needs_a_loop": ("failed", "There is no current event loop", False),
    "test_neighbours.py::OwnLoop::test_leaves_a_closed_loop": ("passed", "", True),
    "test_neighbours.py::AfterOwnLoop::test_needs_an_open_loop": ("failed", "Event loop is closed", False),
}
ISOLATED = {
    **dict.fromkeys(IN_PROCESS, ("passed", "", True)),
    "test_false_green.py::History::test_last_zero_events_are_none": ("failed", "['first'] != []", True),
    "test_false_green.py::Publishing::test_publishing_to_nobody_says_so": ("failed", "assert 0 is False", True),
}
NOT_ASYNC = "test_neighbours.py::SelfCheck::test_leaves_no_loop"


def _load_demo_report() -> Any:
    spec = importlib.util.spec_from_file_location("demo_report", SCRIPTS / "demo_report.py")
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules["demo_report"] = module  # Where its dataclasses look their annotations up.
    spec.loader.exec_module(module)
    return module


demo_report = _load_demo_report()


@dataclass(frozen=True, slots=True)
class DemoRun:
    """One run of a copy of the example suite: what the demo reads from it, and the process of pytest itself."""

    outcomes: Mapping[str, Any]
    host: int


def _run(directory: Path, *arguments: str) -> DemoRun:
    suite = shutil.copytree(
        PROJECT / "examples" / "broken_suite", directory / "suite", ignore=shutil.ignore_patterns("__pycache__")
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = str(SCRIPTS)
    command = [sys.executable, "-m", "pytest", "-p", "demo_trace", "--junitxml=junit.xml", *NONE_OF_THEM, *arguments]
    with subprocess.Popen(
        command, cwd=suite, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as host:
        output, _ = host.communicate(timeout=60)
    assert host.returncode == pytest.ExitCode.TESTS_FAILED, output
    return DemoRun(dict(demo_report.read_outcomes(suite / "junit.xml")), host.pid)


@pytest.mark.parametrize(
    "plugins",
    [(), ("-p", "no:asyncio", "-p", "no:anyio", "-p", "no:aiohttp")],
    ids=["with async plugins", "without async plugins"],
)
@pytest.mark.parametrize(
    ("mode", "expected"), [("--isolated-loop-mode=off", IN_PROCESS), ("--isolated-loop", ISOLATED)]
)
def test_broken_suite(
    tmp_path: Path, mode: str, plugins: tuple[str, ...], expected: Mapping[str, tuple[str, str, bool]]
) -> None:
    run = _run(tmp_path, mode, *plugins)

    assert {name: (each.result, each.body_began) for name, each in run.outcomes.items()} == {
        name: (result, began) for name, (result, _, began) in expected.items()
    }
    for name, (_, message, _) in expected.items():
        assert message in run.outcomes[name].message, name
    processes = {name: each.process for name, each in run.outcomes.items()}
    if mode == "--isolated-loop":
        isolated = [process for name, process in processes.items() if name != NOT_ASYNC]
        assert len({*isolated, run.host}) == len(isolated) + 1
        assert processes[NOT_ASYNC] == run.host
    else:
        assert set(processes.values()) == {run.host}


def test_table() -> None:
    outcome = demo_report.Outcome
    expected = {
        "test_a.py::A::test_lies": demo_report.Expected("passed (never ran its body)", "failed: 1 != 2", "a lie"),
        "test_a.py::A::test_odd": demo_report.Expected("failed: closed", "passed", "broken by a neighbour"),
        "test_a.py::test_gone": demo_report.Expected("passed", "passed", "the same"),
    }
    in_process = {
        "test_a.py::A::test_lies": outcome("passed", "", False, 1),
        "test_a.py::A::test_odd": outcome("failed", "RuntimeError: closed", True, 1),
    }
    isolated = {
        "test_a.py::A::test_lies": outcome("failed", "AssertionError: 1 != 2 : and more", True, 2),
        "test_a.py::A::test_odd": outcome("passed", "", False, 3),
        "test_a.py::test_new": outcome("error", "no such fixture", False, 4),
    }

    rows = demo_report.compare(in_process, isolated, expected)
    table = demo_report.format_table(rows, width=200).splitlines()

    assert [row.as_expected for row in rows] == [True, False, False, False]
    assert [[cell.strip() for cell in line.split(" | ")] for line in table if "-+-" not in line] == [
        ["test", "in process", "isolated", "what it means"],
        ["test_a.py::A"],
        ["test_lies", "passed (never ran its body)", "failed: 1 != 2 : and more", "a lie"],
        [
            "test_odd",
            "failed: closed",
            "passed (never ran its body)",
            "UNEXPECTED; should be failed: closed, then passed",
        ],
        ["test_a.py"],
        ["test_new", "did not run at all", "error: no such fixture", "UNEXPECTED test"],
        ["test_gone", "did not run at all", "did not run at all", "UNEXPECTED; should be passed, then passed"],
    ]


def test_narrow_table_wraps() -> None:
    row = demo_report.Row("test_a.py::test_it", "failed: " + "word " * 40, "passed", "what it means", True)
    table = demo_report.format_table([row], width=0).splitlines()
    assert max(map(len, table)) <= demo_report.LEAST_WIDTH
    assert sum(line.count("word") for line in table) == 40
