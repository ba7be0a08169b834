"""The page itself: what goes into its template."""

from __future__ import annotations

import base64
import hashlib
import os
import shlex
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import field, replace
from pathlib import Path

import jinja2
import pytest
from markupsafe import Markup

from isolated_async_workers.wire.light_dataclass import dataclass

from .... import __version__
from ...runs import Run
from ...tally import SideTally, Tally
from ..clean import clean
from ..wording import KIND_WORDS, about_isolation, cost, headline, milliseconds, spoken
from . import charts
from .durations import differences, slowest, times
from .rows import as_script
from .shares import NOT_RUN, shares
from .timeline import timelines

_HERE = Path(__file__).parent
_MIB = 1024 * 1024
_UNKNOWN = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with what is said of it.

    Attributes:
        drawing: for wide windows.
        narrow: for a telephone; empty where there is none.
    """

    title: str
    caption: str
    drawing: Markup
    narrow: Markup = field(default_factory=Markup)


@dataclass(frozen=True, slots=True)
class Row:
    """One side in the table of the suite, in words."""

    name: str
    tests: str
    runs: str
    failing: int
    wall: str
    cpu: str
    memory: str
    share: str
    overhead: str


def as_html(compared: Tally) -> str:
    """All of it, in one file."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = _file("style.css"), _file("tests.js") + _file("page.js")
    return environment.get_template("template.html.j2").render(
        headline=headline(compared),
        cost=cost(compared),
        rows=[_row(side, at, compared) for at, side in enumerate(compared.sides)],
        sides=_spoken_sides(compared),
        kinds=[(word, len(compared.of(kind)), kind) for kind, (word, _) in KIND_WORDS.items() if compared.of(kind)],
        total=len(compared.tests),
        outcomes=_outcomes(compared),
        durations=[*_durations(compared)],
        timelines=[*_timelines(compared)],
        commands=[*_commands(compared)],
        data=Markup(as_script(compared)),
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        made=time.strftime("%Y-%m-%d %H:%M %z"),
        versions=[*_versions()],
    )


def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded from anywhere, and nothing run but this script."""
    return (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _row(side: SideTally, at: int, compared: Tally) -> Row:
    first = compared.sides[0]
    is_known = at > 0 and first.runs > 0 and side.runs > 0
    return Row(
        name=spoken(side.name),
        tests=f"{side.tests:,}{about_isolation(side)}",
        runs=f"{side.runs}{f' + {side.broken_off} broken off' if side.broken_off else ''}",
        failing=sum(test.counts[at].fails for test in compared.tests),
        wall=f"{side.wall_s:.2f} s" if side.runs else _UNKNOWN,
        cpu=f"{side.cpu_s:.2f} s" if side.runs else _UNKNOWN,
        memory=f"{side.peak_bytes / _MIB:.0f} MiB" if side.peak_bytes else _UNKNOWN,
        share=f"\N{MULTIPLICATION SIGN} {side.wall_s / first.wall_s:.2f}" if is_known and first.wall_s else _UNKNOWN,
        overhead=_signed(side.overhead_s) if is_known else _UNKNOWN,
    )


def _signed(seconds: float) -> str:
    sign = "\N{MINUS SIGN}" if seconds < 0 else "+"
    return sign + milliseconds(abs(seconds))


def _outcomes(compared: Tally) -> list[Markup]:
    """The chart for wide windows, and that for narrow ones; none if no test has ended."""
    told, sides = shares(compared), _spoken_sides(compared)
    widths = (charts.PAGE, charts.NARROW_PAGE) if told else ()
    return [Markup(charts.outcomes_chart(told, sides, width)) for width in widths]


def _durations(compared: Tally) -> Iterator[Figure]:
    sides = _spoken_sides(compared)
    bins, added, most = times(compared), differences(compared), slowest(compared)
    if not bins:
        return
    yield Figure(
        "How long tests take",
        "How many tests take how long. Of each test the median over the runs, of its stages alone.",
        *(Markup(charts.times_chart(bins, sides, width)) for width in (charts.COLUMN, charts.NARROW_CARD)),
    )
    yield Figure(
        f"How much longer than {sides[0]}",
        "How many tests take how much longer. What lies far outside is in the outermost bars.",
        *(Markup(charts.differences_chart(added, sides, width)) for width in (charts.COLUMN, charts.NARROW_CARD)),
    )
    yield Figure(
        "Where most is added",
        "The tests with the largest difference, on all sides.",
        *(Markup(charts.slowest_chart(most, sides, width)) for width in (charts.CARD, charts.NARROW_CARD)),
    )


def _timelines(compared: Tally) -> Iterator[Figure]:
    sides = [side for side in compared.sides if side.last is not None and side.last.tests]
    all_bars = timelines([_as_told(side.last, compared) for side in sides if side.last is not None])
    end_s = max((bar.ended for bars in all_bars for bar in bars), default=0.0) or 1.0
    for side, bars in zip(sides, all_bars, strict=True):
        lanes = max(bar.lane for bar in bars)
        at_once = "one test at a time" if lanes == 1 else f"up to {lanes} tests at the same time"
        number = side.last.number if side.last else 0
        yield Figure(spoken(side.name), f"Run {number}: {at_once}.", Markup(charts.timeline_chart(bars, end_s)))


def _as_told(run: Run, compared: Tally) -> Run:
    """With what has not run on the first side called so."""
    if run.side != compared.sides[0].name:
        return run
    not_run = {test.node_id for test in compared.of("green")}
    tests = {
        name: replace(recorded, outcome=NOT_RUN) if name in not_run and recorded.outcome == "passed" else recorded
        for name, recorded in run.tests.items()
    }
    return replace(run, tests=tests)


def _commands(compared: Tally) -> Iterator[tuple[str, str]]:
    """What each does, and the command."""
    for side in compared.sides:
        yield f"The suite, {spoken(side.name)}", clean(compared.asked.suite_on(side.name))
    if compared.asked.command:
        yield "This comparison", clean(shlex.join(compared.asked.command))


def _spoken_sides(compared: Tally) -> list[str]:
    return [spoken(side.name) for side in compared.sides]


def _versions() -> Iterator[str]:
    yield f"isolated-async {__version__}"
    yield f"pytest {pytest.__version__}"
    yield f"Python {sys.version.split()[0]}"
    yield sysconfig.get_platform()
    yield f"{os.cpu_count()} cores"
