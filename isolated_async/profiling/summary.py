"""The profile as it is shown: sums and medians of each stage over all cases, then the slowest cases."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from isolated_async_workers.wire.light_dataclass import dataclass

from .timeline import STAGES, WAITING, CaseProfile, Span, Usage

#: So many cases are named, without -vv.
_NAMED_CASES = 5
_HEADINGS = ("stage", "cases", "wall ms", "share", "median", "CPU ms", "median", "faults", "median")
_WIDTHS = (10, 6, 10, 6, 8, 10, 8, 9, 8)
_MS = 1000
#: Of one case, a shorter stage is not shown: it would be 0.00 ms.
_SHOWN_S = 0.000005


@dataclass(frozen=True, slots=True)
class StageSummary:
    """One stage over all cases that had it, and of which it is known.

    Attributes:
        share: of the seconds of all stages that count; None for those in which cases wait.
        measured: cases of which the cost is known too; ``cpu_s`` and ``faults`` are those of these.
    """

    stage: str
    cases: int
    wall_s: float
    share: float | None
    median_wall_s: float
    measured: int
    cpu_s: float
    median_cpu_s: float
    faults: int
    median_faults: float

    def to_plain(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in self.__slots__}
        return {name: round(value, 7) if isinstance(value, float) else value for name, value in plain.items()}


def summarize(cases: Sequence[CaseProfile]) -> list[StageSummary]:
    """Each stage that any of these had, in order."""
    total_s = sum(case.counted_s for case in cases)
    found = ((stage, [case for each in cases if (case := _of_stage(each, stage))]) for stage in STAGES)
    return [_summarize(stage, of_cases, total_s) for stage, of_cases in found if of_cases]


def _of_stage(case: CaseProfile, stage: str) -> list[Span]:
    return [span for span in case.spans if span.stage == stage and span.wall_s is not None]


def _summarize(stage: str, of_cases: list[list[Span]], total_s: float) -> StageSummary:
    walls = [sum(span.wall_s or 0.0 for span in spans) for spans in of_cases]
    usages = [_total(usages) for spans in of_cases if (usages := [each.usage for each in spans if each.usage])]
    return StageSummary(
        stage,
        len(of_cases),
        sum(walls),
        None if stage in WAITING else sum(walls) / total_s if total_s else 0.0,
        statistics.median(walls),
        len(usages),
        sum(usage.cpu_s for usage in usages),
        statistics.median([usage.cpu_s for usage in usages] or [0.0]),
        sum(usage.faults for usage in usages),
        statistics.median([usage.faults for usage in usages] or [0]),
    )


def _total(usages: Iterable[Usage]) -> Usage:
    return sum(usages, Usage())


def describe(cases: Sequence[CaseProfile], verbosity: int) -> list[str]:
    """The lines to print."""
    stages = summarize(cases)
    count = f"{len(cases)} isolated test{'' if len(cases) == 1 else 's'}"
    lines = [f"{count}, {sum(case.counted_s for case in cases) * _MS:.1f} ms, without those in which they waited"]
    lines += ["", _row(_HEADINGS), *(_row(_cells(stage)) for stage in stages)]
    meanwhile_s = sum(case.meanwhile_s for case in cases)
    lines += ["", f"replayed while the worker went on, and in no stage: {meanwhile_s * _MS:.1f} ms"]
    slowest = sorted(cases, key=lambda case: case.counted_s, reverse=True)
    shown = slowest if verbosity > 1 else slowest[:_NAMED_CASES]
    hint = "" if len(shown) == len(cases) else f" of {len(cases)} (-vv shows all)"
    lines += ["", f"slowest {len(shown)}{hint}, in ms:"]
    for case in shown:
        lines += _describe_case(case)
    return lines


def _row(cells: Sequence[str]) -> str:
    first, *others = zip(cells, _WIDTHS, strict=True)
    return "".join([first[0].ljust(first[1]), *(f" {cell.rjust(width - 1)}" for cell, width in others)])


def _cells(stage: StageSummary) -> list[str]:
    share = "" if stage.share is None else f"{stage.share * 100:.1f}%"
    cost = [f"{stage.cpu_s * _MS:.1f}", f"{stage.median_cpu_s * _MS:.2f}", f"{stage.faults}"]
    wall = [f"{stage.wall_s * _MS:.1f}", share, f"{stage.median_wall_s * _MS:.2f}"]
    return [
        stage.stage,
        f"{stage.cases}",
        *wall,
        *([*cost, f"{stage.median_faults:.0f}"] if stage.measured else [""] * 4),
    ]


def _describe_case(case: CaseProfile) -> list[str]:
    told = [f"on {case.machine}"] if case.machine else []
    told += [f"attempt {case.attempt}"] if case.attempt > 1 else []
    told += [] if case.ending == "Finished" else [case.ending or "not over"]
    name = f"{case.node_id} ({', '.join(told)})" if told else case.node_id
    stages: dict[str, float | None] = {}
    for span in case.spans:
        known = stages.get(span.stage, 0.0)
        stages[span.stage] = None if span.wall_s is None or known is None else known + span.wall_s
    shown = (
        f"{stage} {'?' if wall_s is None else f'{wall_s * _MS:.2f}'}"
        for stage, wall_s in stages.items()
        if wall_s is None or wall_s >= _SHOWN_S
    )
    return [f"{case.counted_s * _MS:10.2f}  {name}", f"            {', '.join(shown)}"]
