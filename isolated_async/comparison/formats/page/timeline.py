"""Who ran when: one whole run of a side, as bars in lanes.

A lane is no process: nothing records which worker ran a test. Two tests that ran at the same time are in different
lanes, and a test is in the first lane that is free when it begins: so there are as many lanes as tests ever ran at the
same time.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from isolated_async_workers.wire.light_dataclass import dataclass

from ...runs import Recorded, Run
from ..clean import clean, shortened
from .shares import NOT_RUN

#: Bars of all sides together, about: more are none that an eye could tell apart, and each makes the page larger.
_BARS = 600
_NAME_CHARACTERS = 120
#: From that which is to be seen first to that which need not be.
_WORST_FIRST = ("error", "failed", NOT_RUN, "xpassed", "xfailed", "skipped", "passed")


@dataclass(frozen=True, slots=True)
class Bar:
    """A test, or several short ones one after the other.

    Attributes:
        lane: counted from 1.
        began, ended: seconds after the first test of the run began.
        outcome: of several, the worst.
        told: what it is, for whoever points at it.
    """

    lane: int
    began: float
    ended: float
    outcome: str
    told: str


@dataclass(frozen=True, slots=True)
class _Span:
    """One test in its lane."""

    name: str
    recorded: Recorded
    lane: int


def timelines(runs: Sequence[Run]) -> list[list[Bar]]:
    """The bars of one run of each side."""
    return [_bars(run, _BARS // max(1, len(runs))) for run in runs]


def _bars(run: Run, most: int) -> list[Bar]:
    spans = [*_in_lanes(run.tests.items())]
    if not spans:
        return []
    zero = min(span.recorded.began for span in spans)
    length = max(span.recorded.ended for span in spans) - zero
    lanes = max(span.lane for span in spans)
    narrow = length * lanes / most if len(spans) > most else 0.0
    return [
        _bar(group, zero)
        for lane in range(1, lanes + 1)
        for group in _groups([span for span in spans if span.lane == lane], narrow)
    ]


def _in_lanes(tests: Iterable[tuple[str, Recorded]]) -> Iterator[_Span]:
    """Interval colouring: each test gets the first lane in which none runs when it begins."""
    running: list[tuple[float, int]] = []
    free: list[int] = []
    lanes = 0
    for name, recorded in sorted(tests, key=lambda test: (test[1].began, test[1].ended)):
        while running and running[0][0] <= recorded.began:
            heapq.heappush(free, heapq.heappop(running)[1])
        if free:
            lane = heapq.heappop(free)
        else:
            lanes = lane = lanes + 1
        heapq.heappush(running, (recorded.ended, lane))
        yield _Span(name, recorded, lane)


def _groups(spans: Sequence[_Span], narrow: float) -> Iterator[list[_Span]]:
    """Those that are drawn as one bar: so many narrow ones as make one that is not."""
    group: list[_Span] = []
    for span in spans:
        is_wide = span.recorded.ended - span.recorded.began >= narrow
        if group and (is_wide or span.recorded.ended - group[0].recorded.began > narrow):
            yield group
            group = []
        group.append(span)
        if is_wide:
            yield group
            group = []
    if group:
        yield group


def _bar(group: Sequence[_Span], zero: float) -> Bar:
    first, last = group[0].recorded, group[-1].recorded
    outcomes = Counter(span.recorded.outcome for span in group)
    worst = min(outcomes, key=_WORST_FIRST.index)
    when = f"{first.began - zero:.3f} s to {last.ended - zero:.3f} s"
    name = shortened(clean(group[0].name), _NAME_CHARACTERS)
    if len(group) == 1:
        told = f"{name}: {worst}, {when}"
    else:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
        told = f"{len(group)} tests, {name} first: {counts}, {when}"
    return Bar(group[0].lane, first.began - zero, last.ended - zero, worst, told)
