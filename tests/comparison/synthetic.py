"""Comparisons that nobody has made: of as many tests, runs and sides as a test asks for, always the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from isolated_async.comparison.reproducing import Asked
from isolated_async.comparison.runs import Recorded, Run
from isolated_async.comparison.tally import Tally, tally

_WHYS = (
    "RuntimeError: There is no current event loop in thread 'MainThread'.",
    "RuntimeError: Event loop is closed",
    "AssertionError: assert 3 == 4",
    "fixture 'client' has failed: ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)",
)
#: Node ids that a page shows as they are, and quotes in commands; the last ones cannot be shown.
HOSTILE = (
    "test_a.py::test_tag[<script>alert(1)</script>]",
    "test_a.py::test_end[</script><img src=x onerror=alert(2)>]",
    "test_a.py::test_comment[<!--<script>]",
    "test_a.py::test_quotes['\"`$(exit 1)\\]",
    "test_a.py::test_line[\u2028\u2029\u0085]",
    "test_a.py::test_template[{{ 7 * 7 }}{% raw %}${1}]",
    f"test_a.py::test_long[{'x' * 4000}]",
    "test_a.py::test_emoji[\N{SNOWMAN}\N{PILE OF POO}]",
    "test_a.py::test_half[\udcff]",
    "test_a.py::test_turned[\u202egnp.exe]",
)
#: How likely a test fails in process, and on the other sides.
Odds = tuple[float, float]


def many(number: int, runs: int = 3, sides: Sequence[str] = ("in-process", "isolated"), differ: bool = True) -> Tally:
    """A suite of so many tests, of which some differ."""
    dice = random.Random(number)
    kinds: list[Odds] = [(0, 0)] * 20 + ([(1, 0), (1, 1), (0, 1), (0.4, 0.4), (0.6, 0)] if differ else [])
    odds = {name_of(at): dice.choice(kinds) for at in range(number)}
    times = {name: dice.lognormvariate(-5.5, 1.2) for name in odds}

    def recorded(side: int, run: int) -> Run:
        return _run(sides[side], run, odds, times, side, dice)

    return of_sides({name: [recorded(side, run) for run in range(1, runs + 1)] for side, name in enumerate(sides)})


def of_sides(sides: dict[str, list[Run]], asked: Asked | None = None) -> Tally:
    """With a command line."""
    return tally(sides, asked or Asked(("tests",), "async", ("isolated-async", "compare", "--", "tests")))


def named(names: Sequence[str], why: str = "", outcome: Callable[[int], str] = lambda _: "failed") -> Tally:
    """Tests of these names, which fail in process and pass isolated."""
    first = {name: Recorded(outcome(at), at, at + 0.5, 0.5, False, why) for at, name in enumerate(names)}
    second = {name: Recorded("passed", at, at + 0.5, 0.6, False, "") for at, name in enumerate(names)}
    return of_sides(
        {
            "in-process": [Run("in-process", 1, first, 1, 1.0, 1.0)],
            "isolated": [Run("isolated", 1, second, 0, 2.0, 1.0)],
        }
    )


def name_of(at: int) -> str:
    """A node id as long as they usually are."""
    words = ("delivery", "retry", "timeout", "session", "stream", "cache", "broker", "client")
    first, second = words[at % 8], words[at // 8 % 8]
    return (
        f"tests/{first}/test_{second}_{at // 64 % 40}.py::Test{second.title()}::test_{first}_{second}_of_number[{at}]"
    )


def _run(side: str, number: int, odds: dict[str, Odds], times: dict[str, float], at: int, dice: random.Random) -> Run:
    now = [0.0] * (2 if side.endswith("2") else 1)
    tests = {}
    for name, chances in odds.items():
        fails = dice.random() < chances[min(at, 1)]
        seconds = times[name] * dice.uniform(0.9, 1.1) + (0.004 * dice.lognormvariate(0, 0.4) if at else 0)
        lane = now.index(min(now))
        began = now[lane]
        now[lane] += seconds + (0.003 if at else 0.0005)
        outcome = "failed" if fails else "skipped" if len(name) % 23 == 0 else "passed"
        tests[name] = Recorded(outcome, began, began + seconds, seconds, False, dice.choice(_WHYS) if fails else "")
    return Run(side, number, tests, 1, max(now) + 0.8, sum(now) + 0.8, (60 + 9 * at) << 20)
