"""Plots of what was measured, as SVG. Needs Matplotlib: the extra ``benchmarks`` of the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, figure
from benchmarks.measured import Measured
from benchmarks.scenarios import heavy, many, peers, stages

#: Inches.
_SIZE = (8.0, 4.2)
_OURS = "tab:green"
_OTHERS = ("tab:gray", "tab:orange", "tab:blue", "tab:purple")

Series = Mapping[str, Sequence[tuple[float, Sequence[float]]]]


def _axes() -> Any:
    import matplotlib

    matplotlib.use("svg")
    # The same data give the same file.
    matplotlib.rcParams["svg.hashsalt"] = "isolated-async"
    from matplotlib import pyplot

    return pyplot.subplots(figsize=_SIZE, layout="constrained")


def bars(measured: Measured, path: Path) -> None:
    """What a test costs with each tool: medians, on a logarithmic scale, with the quartiles as whiskers."""
    costs = {name: figure(values) for name, values in peers.costs(measured).items()}
    names = sorted(costs, key=lambda name: costs[name].median, reverse=True)
    picture, axes = _axes()
    medians = [costs[name].median for name in names]
    whiskers = [
        [costs[name].median - costs[name].low for name in names],
        [costs[name].high - costs[name].median for name in names],
    ]
    colors = [_OURS if name.startswith("isolated-async") else _OTHERS[0] for name in names]
    axes.barh(names, medians, xerr=whiskers, color=colors, ecolor="black")
    for row, median in enumerate(medians):
        axes.annotate(f"{median:.3g}", (median, row), xytext=(8, 6), textcoords="offset points", fontsize=8)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.margins(x=0.1)
    axes.set_xlabel("ms a test, without collection")
    _save(picture, path)


def _figures(points: Sequence[tuple[float, Sequence[float]]]) -> list[tuple[float, Figure]]:
    return [(x, figure(values)) for x, values in points]


def lines(series: Series, path: Path, across: str, logarithmic: bool) -> None:
    """What a test costs over something else: medians, with the quartiles as a band."""
    picture, axes = _axes()
    others = iter(_OTHERS)
    for name, points in series.items():
        found = _figures(points)
        color = _OURS if name.startswith("isolated-async") else next(others)
        xs = [x for x, _ in found]
        axes.plot(xs, [each.median for _, each in found], marker="o", label=name, color=color)
        axes.fill_between(
            xs, [each.low for _, each in found], [each.high for _, each in found], color=color, alpha=0.2, linewidth=0
        )
    if logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,g}")
    axes.set_ylim(bottom=0, top=1.1 * max(each.high for points in series.values() for _, each in _figures(points)))
    axes.set_xlabel(across)
    axes.set_ylabel("ms a test, without collection")
    axes.legend()
    _save(picture, path)


def stage_bars(measured: Measured, path: Path) -> None:
    """What a test spends in each stage, with one worker: wall time, and in front of it CPU time."""
    found = stages.stages(measured)
    names = [*found][::-1]
    picture, axes = _axes()
    axes.barh(names, [found[name]["wall ms"].median for name in names], color=_OTHERS[0], label="wall time")
    axes.barh(names, [found[name]["CPU ms"].median for name in names], color=_OURS, label="CPU time", height=0.4)
    axes.set_xlabel("ms a test")
    axes.legend()
    _save(picture, path)


def _save(picture: Any, path: Path) -> None:
    picture.savefig(path, format="svg", metadata={"Date": None})
    from matplotlib import pyplot

    pyplot.close(picture)


#: By scenario: what it shows, and what draws it.
PLOTS: dict[str, tuple[str, Callable[[Measured, Path], None]]] = {
    "peers": ("What a test costs with each tool", bars),
    "stages": ("What a test spends in each stage, with one worker", stage_bars),
    "many": (
        "What a test costs over the number of tests",
        lambda measured, path: lines(many.series(measured), path, "tests", logarithmic=True),
    ),
    "heavy": (
        "What a test costs over what the suite has imported",
        lambda measured, path: lines(
            heavy.series(measured), path, "MiB resident in the process that runs the tests", logarithmic=False
        ),
    ),
}
