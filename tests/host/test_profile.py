"""The arithmetic of a profile: from marks to spans, from spans to sums, with processes that only exist on paper."""

from __future__ import annotations

import json
from typing import Any

import pytest

from isolated_async.profiling.record import Asked, CaseRecord, Given
from isolated_async.profiling.summary import describe, summarize
from isolated_async.profiling.timeline import END, CaseProfile, Mark, Usage, to_spans
from isolated_async_workers.wire.messages import StagesMeasured, WorkerMeasured

#: What a forked worker tells of its first case: stage, time, CPU seconds and faults until then.
TOLD: list[list[Any]] = [
    ["prepare", 3.0, 0.125, 10],
    ["wait", 3.5, 0.25, 20],
    ["begin", 6.0, 0.5, 30],
    ["setup", 6.25, 0.75, 40],
    ["report", 6.5, 1.0, 50],
    ["call", 7.0, 1.125, 60],
    ["exit", 8.0, 1.25, 70],
]
MEASURED = WorkerMeasured(
    1,
    begun_at=2.0,
    start_cpu_s=0.5,
    start_faults=5,
    ended_at=9.0,
    gone_at=9.5,
    reap_cpu_s=0.25,
    reap_faults=3,
    cpu_s=2.0,
    faults=100,
)


def record_of(
    *told: list[Any],
    asked_at: float | None = 1.0,
    given_at: float = 5.0,
    machine: str = "",
    over_at: float | None = 10.0,
) -> CaseRecord:
    record = CaseRecord("test_a.py::test_a", 1, "Finished")
    asked = None if asked_at is None else Asked(asked_at, Usage(0.125, 1))
    record.give(Given(given_at, 1, asked, machine, spawns=False))
    record.take(StagesMeasured(list(told)))
    record.over_at, record.is_last, record.turn_at, record.done_at = over_at, True, 4.0, 12.0
    record.replayed(11.0, 12.0, Usage(0.5, 2))
    return record


def walls(profile: CaseProfile) -> list[tuple[str, float | None]]:
    return [(span.stage, span.wall_s) for span in profile.spans]


def test_a_case_from_the_question_for_its_worker_to_its_replay() -> None:
    profile = record_of(*TOLD).profile(MEASURED, "")
    assert walls(profile) == [
        *(("ask", 1.0), ("fork", 1.0), ("prepare", 0.5), ("wait", 1.5), ("send", 1.0), ("begin", 0.25)),
        *(("setup", 0.25), ("report", 0.5), ("call", 1.0), ("exit", 1.0), ("reap", 0.5), ("tell", 0.5)),
        *(("turn", 0.0), ("replay", 2.0)),
    ]
    # From 1.0 to 12.0, of which it waited 1.5.
    assert sum(span.wall_s or 0 for span in profile.spans) == 11.0
    assert profile.counted_s == 9.5
    assert profile.is_complete
    usages = {span.stage: span.usage for span in profile.spans if span.usage is not None}
    # To fork costs the zygote, and the worker until its first word.
    assert usages["fork"] == Usage(0.625, 15)
    assert usages["setup"] == Usage(0.25, 10)
    assert usages["exit"] == Usage(0.75, 30)
    of_the_worker = sum((usages[name] for name in usages if name not in ("ask", "reap", "replay")), Usage())
    assert of_the_worker == Usage(MEASURED.cpu_s + MEASURED.start_cpu_s, MEASURED.faults + MEASURED.start_faults)
    assert usages["replay"] == Usage(0.5, 2)


def test_a_worker_that_was_not_ready_when_its_case_was_sent_was_not_waited_for() -> None:
    spans = walls(record_of(*TOLD, given_at=1.0).profile(MEASURED, ""))
    assert spans[2:6] == [("prepare", 0.5), ("wait", 0.0), ("send", 2.5), ("begin", 0.25)]


def test_a_further_case_of_a_worker_begins_when_it_is_given_to_it() -> None:
    record = record_of(*TOLD[1:], asked_at=None)
    record.is_last = False
    assert walls(record.profile(MEASURED, "")) == [
        *(("send", 1.0), ("begin", 0.25), ("setup", 0.25), ("report", 0.5), ("call", 1.0)),
        # It has stayed.
        *(("report", 2.0), ("turn", 0.0), ("replay", 2.0)),
    ]


def test_what_waits_for_the_reports_of_others_is_not_replayed_meanwhile() -> None:
    record = record_of(*TOLD, over_at=9.75)
    record.turn_at = 11.0
    assert walls(record.profile(MEASURED, ""))[-3:] == [("tell", 0.25), ("turn", 1.25), ("replay", 1.0)]
    assert record.profile(MEASURED, "").counted_s == 11.0 - 1.5 - 1.25


@pytest.mark.parametrize("told", range(len(TOLD)))
def test_a_worker_that_dies_ends_the_last_stage_that_it_has_told(told: int) -> None:
    profile = record_of(*TOLD[:told]).profile(MEASURED, "")
    spans = walls(profile)
    assert [stage for stage, _ in spans[-4:]] == ["reap", "tell", "turn", "replay"]
    assert sum(wall_s or 0 for _, wall_s in spans) == 11.0
    assert profile.is_complete
    costs = [span.usage for span in profile.spans[1:-4] if span.usage is not None]
    assert sum(costs, Usage()) == Usage(2.5, 105)


def test_without_the_zygote_the_rest_is_known() -> None:
    profile = record_of(*TOLD).profile(None, "")
    assert walls(profile)[:2] == [("ask", 2.0), ("prepare", 0.5)]
    assert walls(profile)[-3:] == [("exit", 2.0), ("turn", 0.0), ("replay", 2.0)]
    assert sum(span.wall_s or 0 for span in profile.spans) == 11.0


def test_a_run_that_ends_before_the_case_leaves_its_last_stage_open() -> None:
    profile = record_of(*TOLD[:6], over_at=None).profile(None, "")
    assert walls(profile)[-2:] == [("report", 0.5), ("call", None)]
    assert not profile.is_complete
    never_started = CaseRecord("test_a.py::test_a", 1)
    assert never_started.profile(None, "").spans == ()
    never_started.turn_at, never_started.done_at = 1.0, 2.0
    assert walls(never_started.profile(None, "")) == [("turn", 0.0), ("replay", 1.0)]


def test_a_case_that_has_lost_its_worker_counts_what_that_took() -> None:
    record = record_of(["prepare", 2.25, 0.0, 0], given_at=1.5)
    record.give(Given(5.0, 1, Asked(1.0, Usage()), "", spawns=False))
    record.take(StagesMeasured(TOLD))
    spans = walls(record.profile(MEASURED, ""))
    # Its second worker was ready ahead.
    assert spans[:7] == [
        *(("lost", 3.5), ("ask", 0.0), ("fork", 0.0), ("prepare", 0.0), ("wait", 0.0), ("send", 1.0)),
        ("begin", 0.25),
    ]
    assert sum(wall_s or 0 for _, wall_s in spans) == 10.5


def test_of_another_machine_only_its_own_differences_are_told() -> None:
    far = [[stage, at + 1000, cpu_s, faults] for stage, at, cpu_s, faults in TOLD]
    measured = WorkerMeasured(1, 1002.0, 0.5, 5, 1009.0, 1009.5, 0.25, 3, 2.0, 100)
    profile = record_of(*far, machine="far").profile(measured, "")
    assert walls(profile) == [
        *(("ask", None), ("fork", 1.0), ("prepare", 0.5), ("wait", 2.5), ("begin", 0.25), ("setup", 0.25)),
        *(("report", 0.5), ("call", 1.0), ("exit", 1.0), ("reap", 0.5), ("tell", None), ("turn", 0.0)),
        ("replay", 2.0),
    ]
    assert not profile.is_complete


@pytest.mark.parametrize(
    "told",
    [
        [],
        ["call", 7.0, 1.0],
        ["call", "7", 1.0, 1],
        ["call", None, 1.0, 1],
        ["ask", 7.0, 1.0, 1],
        ["call", float("nan"), 1.0, 1],
        ["call", 7.0, float("inf"), 1],
        ["call", 7.0, 1.0, 1.5],
    ],
)
def test_what_no_worker_of_ours_tells_is_left_out(told: list[Any]) -> None:
    assert record_of(*TOLD[:5], told, *TOLD[5:]).profile(MEASURED, "") == record_of(*TOLD).profile(MEASURED, "")


def test_no_span_is_negative_whatever_the_clocks_say() -> None:
    marks = [Mark("ask", 5.0), Mark("fork", 4.0), Mark("call", 6.0), Mark("exit", 5.0), Mark(END, 5.5)]
    assert [(span.stage, span.wall_s) for span in to_spans(marks)] == [
        *(("ask", 0.0), ("fork", 1.0), ("call", 0.0), ("exit", 0.0)),
    ]


def test_sums_and_medians_are_those_of_the_cases() -> None:
    slow = [[stage, at * 2, cpu_s * 2, faults * 2] for stage, at, cpu_s, faults in TOLD]
    cases = [
        record_of(*TOLD).profile(MEASURED, ""),
        record_of(*TOLD).profile(MEASURED, ""),
        record_of(*slow, over_at=None).profile(None, ""),
    ]
    stages = {each.stage: each for each in summarize(cases)}
    assert list(stages) == [
        *("ask", "fork", "prepare", "wait", "send", "begin", "setup", "call", "report", "exit", "reap", "tell"),
        *("turn", "replay"),
    ]
    setup, call, exits = stages["setup"], stages["call"], stages["exit"]
    assert (setup.cases, setup.wall_s, setup.median_wall_s) == (3, 1.0, 0.25)
    assert (setup.cpu_s, setup.median_cpu_s, setup.faults, setup.median_faults) == (1.0, 0.25, 40, 10)
    assert (call.cases, call.wall_s) == (3, 4.0)
    # How long the third one took to leave nobody knows.
    assert (exits.cases, exits.wall_s, exits.measured) == (2, 2.0, 2)
    counted_s = sum(case.counted_s for case in cases)
    assert sum(each.wall_s for each in stages.values() if each.share is not None) == counted_s
    assert sum(each.share or 0 for each in stages.values()) == pytest.approx(1)
    assert {name for name, each in stages.items() if each.share is None} == {"wait", "turn"}


def test_it_is_the_same_after_a_file() -> None:
    record = record_of(*TOLD, machine="")
    record.replayed(1.0, 1.5, Usage(0.25, 3))
    for profile in (record.profile(MEASURED, "gw0"), record_of(machine="far").profile(None, "")):
        assert CaseProfile.from_plain(json.loads(json.dumps(profile.to_plain()))) == profile


def test_what_is_shown() -> None:
    cases = [record_of(*TOLD).profile(MEASURED, "")] * 6
    few, all_of_them = describe(cases, 0), describe(cases, 2)
    assert few[0] == "6 isolated tests, 57000.0 ms, without those in which they waited"
    assert few[2].split() == [
        "stage",
        "cases",
        "wall",
        "ms",
        "share",
        "median",
        "CPU",
        "ms",
        "median",
        "faults",
        "median",
    ]
    assert "send           6    6000.0 10.5% 1000.00" in [line.rstrip() for line in few]
    assert "setup          6    1500.0  2.6%  250.00    1500.0  250.00       60      10" in few
    assert "slowest 5 of 6 (-vv shows all), in ms:" in few
    assert sum("test_a.py::test_a" in line for line in few) == 5
    assert "slowest 6, in ms:" in all_of_them
    assert sum("test_a.py::test_a" in line for line in all_of_them) == 6
    odd = CaseProfile("test_a.py::test_b", 2, "", "far", "", 1, to_spans([Mark("call", 1.0), Mark("exit", 1.5)]))
    assert describe([odd], 0)[-2:] == [
        "    500.00  test_a.py::test_b (on far, attempt 2, not over)",
        "            call 500.00, exit ?",
    ]
