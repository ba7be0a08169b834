"""The charts: SVG that Altair and Vega draw here, in Python, so that the page needs no plotting library.

Each mark has an ``aria-label``; page.js shows that to whoever points at it or goes to it with the keyboard. Colours are
the CSS variables of style.css.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import altair as alt

from .durations import Bin, Dot
from .shares import NOT_RUN, Share
from .timeline import Bar

_FONT = "system-ui, sans-serif"
#: Pixels of a drawing in one of two columns, in a card, and on the page itself, and in these on a telephone. What is
#: much wider than its window is scrolled.
COLUMN, CARD, PAGE = 492, 1040, 1078
NARROW_CARD, NARROW_PAGE = 316, 356
#: Beside the bars of a chart with rows.
_AXIS_PX = 56
_FIT = alt.AutoSizeParams(type="fit-x", contains="padding")
_BAR_PX, _ROW_PX = 22, 26
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-left")
_OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed", NOT_RUN)
#: In the bar of a test that has not just passed, so that its colour is not all that says so; tests.js has the same.
_GLYPHS = {
    "failed": "\N{MULTIPLICATION X}",
    "error": "!",
    "skipped": "\N{EN DASH}",
    "xfailed": "\N{MULTIPLICATION SIGN}",
    "xpassed": "\N{CHECK MARK}",
    NOT_RUN: "\N{WHITE CIRCLE}",
}
#: Attributes with numbers that have more digits than a pixel, which are most of a drawing; no text is in one of them.
_COORDINATES = re.compile(r' (?:d|transform|x|x2|y|y2|width|height)="[^"]*"')
_LONG = re.compile(r"\d+\.\d{3,}")
_TIME_LABELS = "datum.value >= 1000 ? format(datum.value / 1000, '~g') + ' s' : format(datum.value, '~g') + ' ms'"


def outcomes_chart(shares: Sequence[Share], sides: Sequence[str], width: int) -> str:
    """How many tests usually end how, on each side."""
    total = max(share.start + share.tests for share in shares)
    scale = alt.Scale(domain=[0, total], nice=False)
    room = _room_for(sides)
    axis = alt.Axis(
        domain=False, ticks=False, labelColor=_css("ink"), labelFontSize=13, labelPadding=10, minExtent=room
    )
    base = alt.Chart(_data(shares)).encode(y=alt.Y("side:N", sort=[*sides], title=None, axis=axis))
    bars = base.mark_bar(stroke=_css("card"), strokeWidth=1.5, cornerRadius=3, height=24).encode(
        x=alt.X("start:Q", scale=scale, axis=None),
        x2="end:Q",
        color=alt.Color("outcome:N", scale=_of_outcomes(), legend=None),
        description="told:N",
    )
    labels = [
        {**asdict(share), "middle": share.start + share.tests / 2, "text": text}
        for share in shares
        for text in [_fitting(share, share.tests / total * (width - room))]
    ]
    words = (
        alt.Chart(alt.InlineData(values=labels))
        .mark_text(color=_css("on-status"), fontSize=12, fontWeight=600, aria=False)
        .encode(x="middle:Q", y=alt.Y("side:N", sort=[*sides]), text="text:N")
    )
    return _svg((bars + words).properties(width=width, height=alt.Step(34), autosize=_FIT))


def _fitting(share: Share, pixels: float) -> str:
    """As much of what it is as there is room for."""
    glyph = _GLYPHS.get(share.outcome, "\N{CHECK MARK}")
    for text in (f"{glyph} {share.tests:,} {share.outcome}", f"{glyph} {share.tests:,}", glyph):
        if len(text) * 8 < pixels:
            return text
    return ""


def times_chart(bins: Sequence[Bin], sides: Sequence[str], width: int) -> str:
    """How long tests take: a row for each side, on one logarithmic scale."""
    scale = alt.Scale(type="log", nice=False)
    values = _ticks(bins[0].low_ms, max(each.high_ms for each in bins)) if bins else []
    axis = alt.Axis(labelExpr=_TIME_LABELS, values=values, title="time of a test")
    return _rows(bins, _of_side(sides), alt.X("low_ms:Q", scale=scale, axis=axis), width)


def differences_chart(bins: Sequence[Bin], sides: Sequence[str], width: int) -> str:
    """What the other sides add to each test."""
    axis = alt.Axis(format="+~g", title="longer than on the first side, in ms", tickCount=6)
    return _rows(bins, _of_side(sides), alt.X("low_ms:Q", scale=alt.Scale(nice=False, zero=True), axis=axis), width)


def slowest_chart(dots: Sequence[Dot], sides: Sequence[str], width: int) -> str:
    """The time of some tests on all sides, with a line from the least to the most."""
    longest = 38 if width == CARD else 14
    names = f"length(datum.label) > {longest} ? '…' + slice(datum.label, {1 - longest}) : datum.label"
    room = _room_for([dot.test[-longest:] for dot in dots])
    axis = alt.Axis(domain=False, ticks=False, labelLimit=room, labelExpr=names, minExtent=room, labelColor=_css("ink"))
    all_ms = [dot.ms for dot in dots]
    scale = alt.Scale(type="log", nice=False, padding=12)
    ticks = alt.Axis(labelExpr=_TIME_LABELS, title="time of a test", values=_ticks(min(all_ms), max(all_ms)))
    time = alt.X("ms:Q", scale=scale, axis=ticks)
    base = alt.Chart(_data(dots)).encode(y=alt.Y("test:N", sort=None, title=None, axis=axis))
    line = base.mark_rule(color=_css("muted"), strokeWidth=1.5, aria=False).encode(x="min(ms):Q", x2="max(ms):Q")
    points = base.mark_point(size=70, filled=True, opacity=1).encode(
        x=time,
        color=_of_side(sides, legend=True),
        shape=alt.Shape("side:N", scale=alt.Scale(domain=[*sides], range=[*_SHAPES[: len(sides)]])),
        description="told:N",
    )
    return _svg((line + points).properties(width=width, height=alt.Step(_ROW_PX), autosize=_FIT))


def timeline_chart(bars: Sequence[Bar], end_s: float) -> str:
    """One run: lanes of what ran at the same time; all sides on the same scale."""
    seconds = alt.X(
        "began:Q", scale=alt.Scale(domain=[0, end_s], nice=False), title="seconds after the first test began"
    )
    lane = alt.Y("lane:O", title="at once" if max(bar.lane for bar in bars) > 1 else None, axis=alt.Axis(grid=False))
    base = alt.Chart(_data(bars)).encode(y=lane)
    drawn = base.mark_bar(stroke=_css("card"), strokeWidth=0.5, minBandSize=2).encode(
        x=seconds, x2="ended:Q", color=alt.Color("outcome:N", scale=_of_outcomes(), legend=None), description="told:N"
    )
    # Of bars that are wide enough.
    wide = [
        {**asdict(bar), "middle": (bar.began + bar.ended) / 2, "glyph": _GLYPHS[bar.outcome]}
        for bar in bars
        if bar.outcome in _GLYPHS and (bar.ended - bar.began) / end_s * CARD > 9
    ]
    glyphs = (
        alt.Chart(alt.InlineData(values=wide))
        .mark_text(color=_css("on-status"), fontSize=10, fontWeight="bold", aria=False)
        .encode(x="middle:Q", y="lane:O", text="glyph:N")
    )
    return _svg((drawn + glyphs).properties(width=CARD, height=alt.Step(_BAR_PX), autosize=_FIT))


def _rows(bins: Sequence[Bin], color: alt.Color, x: alt.X, width: int) -> str:
    in_turn = [*dict.fromkeys(each.side for each in bins)]
    chart = (
        alt.Chart(_data(bins))
        .mark_bar(stroke=_css("card"), strokeWidth=1)
        .encode(
            x=x,
            x2="high_ms:Q",
            y2=alt.YDatum(0),
            y=alt.Y("tests:Q", title="tests", axis=alt.Axis(tickCount=3, format="~d", tickMinStep=1)),
            color=color,
            description="told:N",
        )
        .properties(width=width - _AXIS_PX, height=84)
        .facet(row=alt.Row("side:N", sort=in_turn, title=None), spacing=14)
    )
    return _svg(chart)


def _css(name: str) -> alt.ExprRef:
    """The variable of that name, where Altair takes nothing but the names of colours."""
    return alt.ExprRef(f"'var(--{name})'")


def _of_outcomes() -> alt.Scale:
    return alt.Scale(domain=[*_OUTCOMES], range=[f"var(--{outcome.replace(' ', '-')})" for outcome in _OUTCOMES])


def _of_side(sides: Sequence[str], legend: bool = False) -> alt.Color:
    colors = [f"var(--side-{at})" for at in range(len(sides))]
    shown = alt.Legend(orient="top", title=None) if legend else None
    return alt.Color("side:N", scale=alt.Scale(domain=[*sides], range=colors), legend=shown)


def _ticks(low_ms: float, high_ms: float) -> list[float]:
    """Round times between these: of a short scale, more of them."""
    steps = (1, 2, 5) if high_ms < low_ms * 1000 else (1,)
    times = [step * 10.0**power for power in range(-3, 8) for step in steps]
    return [time for time in times if low_ms * 0.999 <= time <= high_ms * 1.001]


def _room_for(labels: Sequence[str]) -> int:
    """Pixels, for the widest of the fonts that a system may have: where this is drawn, none of them is."""
    return 24 + round(7.3 * max(map(len, labels), default=0))


def _data(rows: Sequence[Any]) -> alt.Data:
    return alt.InlineData(values=[asdict(row) for row in rows])


def _svg(chart: Any) -> str:
    """Its drawing, for the inside of a page."""
    # What axes measure, the captions say.
    text = {
        "aria": False,
        "labelColor": _css("muted"),
        "titleColor": _css("muted"),
        "labelFontSize": 12,
        "titleFontSize": 12,
    }
    chart = (
        chart.configure(font=_FONT, background="transparent", padding=2)
        .configure_view(stroke=None)
        .configure_axis(
            **text, titleFontWeight="normal", gridColor=_css("line"), domainColor=_css("line"), tickColor=_css("line")
        )
        .configure_header(
            labelColor=_css("ink"), labelFontSize=12, labelOrient="top", labelAnchor="start", labelPadding=4
        )
        .configure_legend(aria=False, labelColor=_css("ink"), labelFontSize=12)
    )
    drawn = io.StringIO()
    chart.save(drawn, format="svg")
    return _COORDINATES.sub(lambda found: _LONG.sub(_rounded, found[0]), drawn.getvalue())


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}"
