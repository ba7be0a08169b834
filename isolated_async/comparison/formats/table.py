"""A comparison as tables on a terminal, by rich: what is to be seen first has a colour, and always a word as well.

All that a suite has named is a ``Text``, never a string: rich takes ``[brackets]`` in strings for markup of its own.
"""

from __future__ import annotations

import io
import shutil
import sys

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..tally import Count, SideTally, Tally, TestTally
from .clean import clean
from .findings import about_doubtful, about_uncompared, doubtful, findings
from .wording import about_isolation, cost, headline, milliseconds, spoken

#: Of what is written to a file.
_FILE_WIDTH = 100
_NAMES = ("side", "tests", "failing", "runs", "wall time", "CPU time", "memory", "a test")
#: What the table of the suite has, and from which width of the terminal on.
_COLUMNS = dict(zip(_NAMES, (0, 60, 0, 60, 0, 80, 80, 0), strict=True))
_MIB = 1024 * 1024
_STYLES = {
    "passed": "green",
    "failed": "red",
    "error": "red",
    "skipped": "yellow",
    "xfailed": "yellow",
    "xpassed": "magenta",
}


def as_table(compared: Tally) -> str:
    """The sentence, the suite, and each test that is worth a look."""
    console = _console(compared.asked.for_terminal)
    console.print(Text(headline(compared), "bold"))
    if told := cost(compared):
        console.print(Text(told))
    console.print()
    console.print(_suite(compared, console.width))
    for title, tests in findings(compared).items():
        console.print(Text(f"\n{title}: {len(tests)}", "bold"))
        for test in tests:
            # In one piece, for who copies it.
            console.print(Text(f"  {clean(test.node_id)}"), soft_wrap=True)
            console.print(_sides_of(test, compared))
    if told := about_uncompared(compared):
        console.print(Text(f"\n{told}", "bold"))
    if pairs := doubtful(compared):
        console.print(Text(f"\n{about_doubtful(pairs)}"))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def _console(for_terminal: bool) -> Console:
    """One that writes what the terminal would be given; without colours where there is none."""
    if not for_terminal:
        return Console(file=io.StringIO(), width=_FILE_WIDTH, color_system=None)
    width, _ = shutil.get_terminal_size()
    return Console(file=io.StringIO(), width=width, force_terminal=True)


def _box(compared: Tally) -> box.Box:
    """Lines that the terminal can show."""
    is_utf = not compared.asked.for_terminal or "utf" in sys.stdout.encoding.lower()
    return box.SIMPLE_HEAD if is_utf else box.ASCII2


def _suite(compared: Tally, width: int) -> Table:
    table = Table(box=_box(compared), pad_edge=False)
    shown = [name for name, least_width in _COLUMNS.items() if width >= least_width]
    for name in shown:
        table.add_column(name, justify="left" if name == "side" else "right", overflow="fold")
    for at, side in enumerate(compared.sides):
        cells = _cells(at, side, compared)
        table.add_row(*(cells[name] for name in shown))
    return table


def _cells(at: int, side: SideTally, compared: Tally) -> dict[str, Text]:
    failing = sum(test.counts[at].fails for test in compared.tests)
    is_known = at and side.runs and compared.sides[0].runs
    sign = "+" if side.overhead_s >= 0 else ""
    return {
        "side": Text(spoken(side.name)),
        "tests": Text(f"{side.tests:,}{about_isolation(side)}"),
        "failing": Text(f"{failing:,}", "red" if failing else ""),
        "runs": Text(f"{side.runs}{f' + {side.broken_off} broken off' if side.broken_off else ''}"),
        "wall time": Text(f"{side.wall_s:.2f} s" if side.runs else ""),
        "CPU time": Text(f"{side.cpu_s:.2f} s" if side.runs else ""),
        "memory": Text(f"{side.peak_bytes / _MIB:.0f} MiB" if side.peak_bytes else ""),
        "a test": Text(f"{sign}{milliseconds(side.overhead_s)}" if is_known else ""),
    }


def _sides_of(test: TestTally, compared: Tally) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=2)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for side, count in zip(compared.sides, test.counts, strict=True):
        table.add_row("", Text(spoken(side.name)), _ends(count))
    return table


def _ends(count: Count) -> Text:
    told = Text(count.describe(), _STYLES.get(count.usual, ""))
    return told.append(f"  {clean(count.why)}", "default not bold") if count.why else told
