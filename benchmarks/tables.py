"""Markdown tables of what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.figures import figure
from benchmarks.measured import Entry, Measured
from benchmarks.scenario import Scenario

_NOTHING = "-"
#: With fewer, how much the pytest process grows while it runs them says nothing.
_MANY_TESTS = 1000
#: By the kind of a contender, what its tests have run in, of which there are some.
_PLACES = {
    "one process": "process: pytest",
    "two processes": "processes",
    "a fork a group": "forks",
    "a fork a test": "forks",
    "an interpreter a test": "interpreters",
}


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table; the first column is text, the others are numbers."""
    rule = ["---", *(["---:"] * (len(head) - 1))]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]


def results(measured: Measured) -> list[str]:
    """All contenders: pytest commands in one table, programs in another."""
    commands = [entry for entry in measured.entries if entry.tests]
    programs = [entry for entry in measured.entries if not entry.tests]
    lines: list[str] = []
    if commands:
        # What only collects is subtracted from the others, and says nothing more.
        shown = [entry for entry in commands if entry.name not in {each.collected for each in commands}]
        columns = [column for column in _COLUMNS if any(column[1](measured, entry) for entry in shown)]
        rows = [(entry.name, *(cell(measured, entry) or _NOTHING for _, cell in columns)) for entry in shown]
        lines += markdown(("contender", *(title for title, _ in columns)), rows)
    if commands and programs:
        lines.append("")
    if programs:
        rows = [(entry.name, _value(measured, entry), _ratio(measured, entry) or _NOTHING) for entry in programs]
        lines += markdown(("what", "median (quartiles)", "times what it is compared to"), rows)
    return lines


def targets(scenario: Scenario, measured: Measured) -> list[str]:
    """What was to be reached, what was found, and whether that is enough."""
    head = (f"target of `{scenario.name}`", "at most", "measured", "")
    rows = [
        (
            target.what,
            f"{target.limit:g}",
            target.measured(measured).text(target.digits),
            "reached" if target.is_reached(measured) else "**not reached**",
        )
        for target in scenario.targets
    ]
    return markdown(head, rows) if rows else []


Cell = Callable[[Measured, Entry], str]


def _pytest(measured: Measured, entry: Entry) -> str:
    return measured.environments[entry.environment]["pytest"]


def _place(measured: Measured, entry: Entry) -> str:
    if "processes" not in entry.checked or entry.kind not in _PLACES:
        return ""
    return f"{entry.checked['processes']:.0f} {_PLACES[entry.kind]}"


def _wall(measured: Measured, entry: Entry) -> str:
    return figure(measured.values(entry.name, "wall_s")).text(3 if entry.tests < 10 else 2)


def _cost(measured: Measured, entry: Entry) -> str:
    if "fork_ms" in measured.samples[entry.name][0]:
        return figure(measured.values(entry.name, "fork_ms")).text(2)
    return figure(measured.per_test(entry.name)).text(2) if entry.collected else ""


def _cpu(measured: Measured, entry: Entry) -> str:
    if entry.collected:
        return f"{figure(measured.per_test(entry.name, 'cpu_s')).median:.2f}"
    return ""


def _faults(measured: Measured, entry: Entry) -> str:
    # Per test, and not thousandths of it.
    if entry.collected:
        return f"{figure(measured.per_test(entry.name, 'minor_faults')).median / 1000:.0f}"
    return ""


def _whole_cpu(measured: Measured, entry: Entry) -> str:
    if any(each.collected for each in measured.entries):
        return ""
    return f"{figure(measured.values(entry.name, 'cpu_s')).median:.2f}"


def _whole_faults(measured: Measured, entry: Entry) -> str:
    if any(each.collected for each in measured.entries):
        return ""
    return f"{figure(measured.values(entry.name, 'minor_faults')).median:.0f}"


def _peak(measured: Measured, entry: Entry) -> str:
    return f"{figure(measured.values(entry.name, 'peak_mib')).median:.0f}"


def _checked(name: str, digits: int = 0) -> Cell:
    def cell(measured: Measured, entry: Entry) -> str:
        return f"{entry.checked[name]:.{digits}f}" if name in entry.checked else ""

    return cell


def _growth(measured: Measured, entry: Entry) -> str:
    return _checked("host_grew_mib", 1)(measured, entry) if entry.tests >= _MANY_TESTS else ""


def _ratio(measured: Measured, entry: Entry) -> str:
    if not entry.base:
        return ""
    quantity = "wall_s" if entry.tests else "value"
    return figure(measured.ratios(entry.name, entry.base, quantity)).text(2)


def _value(measured: Measured, entry: Entry) -> str:
    found = figure(measured.values(entry.name, "value"))
    # Its kind is its unit.
    return f"{found.text(0 if found.low > 50 else 2)} {entry.kind}"


#: Titles, and what stands below them. A column in which nothing stands is left out.
_COLUMNS: tuple[tuple[str, Cell], ...] = (
    ("pytest", _pytest),
    ("tests", lambda measured, entry: str(entry.tests)),
    ("run in", _place),
    ("command, s", _wall),
    ("a test, ms", _cost),
    ("a test, CPU ms", _cpu),
    ("a test, page faults", _faults),
    ("command, CPU s", _whole_cpu),
    ("command, page faults", _whole_faults),
    ("largest process, MiB", _peak),
    ("all processes, MiB", _checked("tree_mib")),
    ("private to a test's process, MiB", _checked("private_mib", 1)),
    ("pytest has grown, MiB", _growth),
    ("command, times base", _ratio),
)
