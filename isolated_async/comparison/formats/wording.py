"""What a comparison says in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from ..sides import SIDES
from ..tally import BEYOND_CHANCE, Kind, SideTally, Tally, TestTally

MS = 1000

#: What a kind is called where there is little room, and what it means. ``{first}`` is the first side.
KIND_WORDS: dict[Kind, tuple[str, str]] = {
    "green": ("green, not run", "passes {first} without having run"),
    "revealed": ("revealed", "fails on another side, and not {first}, or more rarely there"),
    "cured": ("cured", "fails {first}, and not on another side, or more rarely there"),
    "different": ("different", "ends otherwise in another way"),
    "flaky": ("flaky", "does not always end the same; what is between the sides may be chance"),
    "uncompared": ("not compared", "is not compared: a side was broken off before it ended"),
    "same": ("same", "ends the same on all sides"),
}


def spoken(side: str) -> str:
    """The name of a side inside a sentence."""
    return side.replace("in-process", "in process")


def headline(compared: Tally) -> str:
    """What was found, in a sentence."""
    if not compared.tests:
        return "No test has ended."
    found = _found(compared)
    failing = len(compared.failing)
    too = f" {failing:,} fail{'s' if failing == 1 else ''} {on_all(compared)}." if failing else ""
    if not found:
        return f"{_all(compared)} the same {_sides(compared)}.{too}"
    return f"{_list(found, 'and')}.{too}"


def about_isolation(side: SideTally) -> str:
    """Where it isolates some of its tests alone, how many; otherwise empty."""
    isolates = side.name in SIDES and SIDES[side.name].isolates
    return f" ({side.isolated:,} isolated)" if isolates and side.isolated < side.tests else ""


def on_all(compared: Tally) -> str:
    """The sides, where something is so on each of them."""
    return "on both sides" if len(compared.sides) == 2 else "on all sides"


def cost(compared: Tally) -> str:
    """What the other sides cost, in a sentence; empty if that is not known."""
    first, *others = compared.sides
    others = [side for side in others if first.runs and side.runs]
    told = [_cost(side) for side in others]
    if len(told) == 1:
        return f"A test takes {told[0]} {spoken(others[0].name)} than {spoken(first.name)}."
    named = [f"{each} ({spoken(side.name)})" for each, side in zip(told, others, strict=True)]
    return f"Compared with {spoken(first.name)}, a test takes {_list(named, 'and')}." if told else ""


def _cost(side: SideTally) -> str:
    return f"{milliseconds(abs(side.overhead_s))} {'longer' if side.overhead_s >= 0 else 'less'}"


def _list(words: Sequence[str], last_word: str) -> str:
    *most, last = words
    return f"{', '.join(most)} {last_word} {last}" if most else last


def milliseconds(seconds: float) -> str:
    """With as many digits as mean something."""
    amount = seconds * MS
    return f"{amount:.0f} ms" if abs(amount) >= 100 else f"{amount:.1f} ms"


def about_chance(p_value: float) -> str:
    """What the p-value of a difference means."""
    verdict = "beyond chance" if p_value <= BEYOND_CHANCE else "may be chance"
    share = f"{p_value:.0%}" if p_value >= 0.1 else f"{p_value:.1%}" if p_value >= 0.001 else "less than 0.1%"
    return f"{verdict}: counts as uneven occur in {share} of comparisons where nothing is different"


def _found(compared: Tally) -> list[str]:
    first, *others = (spoken(side.name) for side in compared.sides)
    total = len(compared.tests)
    told: list[str] = []
    for kind in KIND_WORDS:
        tests = compared.of(kind)
        if not tests or kind == "same":
            continue
        who = f"{len(tests):,} of {total:,} tests" if not told else f"{len(tests):,}"
        told.append(f"{who} {_does(kind, len(tests) == 1, first, _whom(tests, others))}")
    return told


def _does(kind: Kind, is_one: bool, first: str, whom: str) -> str:
    s = "s" if is_one else ""
    match kind:
        case "green":
            return f"{'is' if is_one else 'are'} green {first} without having run"
        case "revealed":
            return f"fail{s} {whom} and not {first}"
        case "cured":
            return f"fail{s} {first} and not {whom}"
        case "different":
            return f"end{s} otherwise"
        case "uncompared":
            return f"{'is' if is_one else 'are'} not compared"
        case _:
            return f"do{'es' if is_one else ''} not always end the same"


def _whom(tests: list[TestTally], others: list[str]) -> str:
    """The sides of which it is so, of one of these tests at least."""
    of_whom = [name for at, name in enumerate(others) if any(test.pairs[at].kind == test.kind for test in tests)]
    return _list(of_whom, "or")


def _all(compared: Tally) -> str:
    number = len(compared.tests)
    if compared.is_partial:
        return "The one test that has ended ends" if number == 1 else f"All {number:,} tests that have ended end"
    return "The one test ends" if number == 1 else f"All {number:,} tests end"


def _sides(compared: Tally) -> str:
    return _list([spoken(side.name) for side in compared.sides], "and")
