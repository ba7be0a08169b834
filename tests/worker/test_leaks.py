"""The list of leaks: bounded, one line each, and never in the way."""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from isolated_async_workers.leaks.child_processes import describe_process, running_children
from isolated_async_workers.leaks.findings import MOST_OF_A_KIND, Findings, Kind, error_text
from isolated_async_workers.places import Place

PLACE = Place("/tests/test_a.py", 7, "test_it")


def _nowhere() -> Place | None:
    return None


def test_a_line_says_what_and_where() -> None:
    findings = Findings()
    findings.add(Kind.TASK, lambda: "pending task", lambda: PLACE)
    findings.add(Kind.LOOP, lambda: "a loop\nover two lines", _nowhere)
    lines = [leak.line for leak in findings.leaks()]
    assert lines == ["pending task, made at /tests/test_a.py:7 in test_it", "a loop over two lines"]


def test_a_long_description_is_cut_before_the_place() -> None:
    findings = Findings()
    findings.add(Kind.PROCESS, lambda: "x" * 10_000, lambda: PLACE)
    (leak,) = findings.leaks()
    assert len(leak.line) < 400
    assert leak.line.endswith("..., made at /tests/test_a.py:7 in test_it")


def test_of_thousands_a_few_are_named_and_the_others_are_not_even_described() -> None:
    described = 0

    def describe() -> str:
        nonlocal described
        described += 1
        return "pending task"

    findings = Findings()
    for _ in range(5000):
        findings.add(Kind.TASK, describe, _nowhere)
    assert described == MOST_OF_A_KIND
    assert [leak.line for leak in findings.leaks()] == ["pending task"] * MOST_OF_A_KIND + ["4990 more pending tasks"]


def test_what_cannot_be_described_is_counted_with_its_place() -> None:
    def broken() -> str:
        raise ValueError

    findings = Findings()
    findings.add(Kind.THREAD, broken, lambda: PLACE)
    findings.add(Kind.THREAD, lambda: "thread", broken)  # type: ignore[arg-type]
    assert [leak.line for leak in findings.leaks()] == [
        "one of the threads that still run, which cannot be described, made at /tests/test_a.py:7 in test_it",
        "one of the threads that still run, which cannot be described",
    ]


def test_the_error_lists_all_by_kind_with_what_to_change() -> None:
    findings = Findings()
    for kind in reversed(Kind):
        findings.add(kind, lambda: "it", _nowhere)
    text = error_text(list(findings.leaks()))
    for kind in Kind:
        assert text.count(f"{kind.plural}: {kind.advice}\n  it") == 1
    assert text.index(Kind.TASK.plural) < text.index(Kind.PROCESS.plural)


def test_children() -> None:
    before = running_children()
    with subprocess.Popen(["sleep", "60"]) as process:
        while describe_process(process.pid) != "child process `sleep 60`":
            time.sleep(0.001)
        assert running_children() - before == {process.pid}
        process.kill()
        end = time.monotonic() + 30
        # A zombie has ended, though nobody has waited for it.
        while running_children() - before:
            assert time.monotonic() < end
            time.sleep(0.001)
    assert describe_process(os.getpid()) == "child process that was forked"


@pytest.mark.parametrize("pid", [0, 2**22 + 1])
def test_a_child_that_is_gone(pid: int) -> None:
    assert describe_process(pid) == f"child process {pid}"
