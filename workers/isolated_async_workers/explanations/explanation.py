"""One explanation of a failure: a sentence, the places that took part, what to change, and the page about it."""

from __future__ import annotations

from collections.abc import Iterable

from ..wire.conflict_pages import page
from ..wire.light_dataclass import dataclass

#: Explanations in one report, and places in one explanation: who mends the first few runs the test again.
MOST_EXPLANATIONS = 3
MOST_PLACES = 10


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a report says.

    Attributes:
        what: has happened, in one sentence or two.
        places: lines that say which line of code did what.
        mend: what to change.
        page: the name of the page, like ``nested-run``.
    """

    what: str
    places: tuple[str, ...]
    mend: str
    page: str


def text_of(explanations: Iterable[Explanation]) -> str | None:
    """The text of a section; those that differ in their places alone are one. None if there is none."""
    places: dict[Explanation, dict[str, None]] = {}
    for each in explanations:
        alike = Explanation(each.what, (), each.mend, each.page)
        places.setdefault(alike, {}).update(dict.fromkeys(each.places))
    return "\n\n".join(_text(each, list(places[each])) for each in list(places)[:MOST_EXPLANATIONS]) or None


def _text(explanation: Explanation, places: list[str]) -> str:
    lines = [explanation.what, *(f"  {place}" for place in places[:MOST_PLACES])]
    if len(places) > MOST_PLACES:
        lines.append(f"  and {len(places) - MOST_PLACES} more")
    return "\n".join([*lines, f"What to do: {explanation.mend}", f"More: {page(explanation.page)}"])
