"""What the table of tests shows, as JSON: compact, for there may be ten thousand tests. tests.js reads it.

::

    files   [[as node ids have it, as commands have it], ...]       both the same: a string
    whys    [first line of a failure, ...]
    chances [[p-value, what it means], ...]
    tests   [[file, rest of the node id, kind, [side, ...], [pair, ...]], ...]
            side: [outcomes in turn ("p3f1": passed three times, then failed), median seconds in ms, why + 1 or nothing]
            pair: [kind, chance]; none where all of them are the same
"""

from __future__ import annotations

import itertools
import json
import statistics
from collections.abc import Sequence
from typing import Any

from isolated_async_workers.wire.unique_names import number_behind

from ...tally import KINDS, Count, Tally, TestTally
from ..clean import clean, is_clean
from ..wording import KIND_WORDS, MS, about_chance, spoken

#: The letter of each outcome; tests.js has their glyphs and words.
LETTERS = {"passed": "p", "failed": "f", "error": "e", "skipped": "s", "xfailed": "x", "xpassed": "y"}
#: Characters of all first lines of failures together: with more, each is cut shorter.
_WHY_BUDGET = 400_000
_LEAST_WHY = 24


class _Numbers:
    """Each text once, and its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def of(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def __iter__(self) -> Any:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


def as_script(compared: Tally) -> str:
    """For the inside of a ``<script type="application/json">``: nothing in it ends that."""
    text = json.dumps(_data(compared), separators=(",", ":"), ensure_ascii=False)
    # In JSON these three occur in strings only. Two line ends are none in a string of older browsers.
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _data(compared: Tally) -> dict[str, Any]:
    files, whys, chances = _Numbers(), _Numbers(), _Numbers()
    names = {test.node_id for test in compared.tests}
    tests = [_test(test, names, files, whys, chances) for test in compared.tests]
    sides = [side.name for side in compared.sides]
    return {
        "sides": [
            {"name": name, "spoken": spoken(name), "around": compared.asked.around_a_test(name)} for name in sides
        ],
        "diagnosis": compared.asked.around_a_diagnosis,
        "kinds": [[kind, *_words(kind, compared)] for kind in KINDS],
        "files": [_file(file, compared) for file in files],
        "whys": _within_budget([*whys]),
        "chances": [[float(each), about_chance(float(each))] for each in chances],
        "tests": tests,
    }


def _words(kind: Any, compared: Tally) -> tuple[str, str]:
    word, meaning = KIND_WORDS[kind]
    return word, meaning.format(first=spoken(compared.sides[0].name))


def _file(file: str, compared: Tally) -> Any:
    path = compared.asked.path_of(file)
    # What cannot be shown cannot be copied: then there is no command.
    if not is_clean(path):
        return [clean(file), ""]
    return file if path == file else [clean(file), path]


def _test(test: TestTally, names: set[str], files: _Numbers, whys: _Numbers, chances: _Numbers) -> list[Any]:
    file, _, rest = test.node_id.partition("::")
    sides = [_side(count, whys) for count in test.counts]
    row: list[Any] = [files.of(file), clean(rest), KINDS.index(test.kind), sides]
    pairs = [[KINDS.index(pair.kind), chances.of(repr(pair.p_value))] for pair in test.pairs]
    number = number_behind(test.node_id, names)
    if number or not is_clean(rest) or any(pair.kind != "same" for pair in test.pairs):
        row.append(pairs)
    if number or not is_clean(rest):
        # How much of the name is not the node id's; the whole of it if that cannot be shown.
        row.append(len(number) if is_clean(rest) else -1)
    return row


def _side(count: Count, whys: _Numbers) -> list[Any]:
    in_turn = "".join(f"{LETTERS[end]}{len([*same])}" for end, same in itertools.groupby(count.ends))
    median = round(statistics.median(count.seconds) * MS, 2) if count.seconds else None
    return [in_turn, median, *([whys.of(clean(count.why)) + 1] if count.why else [])]


def _within_budget(whys: Sequence[str]) -> list[str]:
    """Each cut to what all can have."""
    length = max(_LEAST_WHY, _WHY_BUDGET // max(1, len(whys)))
    return [why if len(why) <= length else f"{why[: length - 1]}\N{HORIZONTAL ELLIPSIS}" for why in whys]
