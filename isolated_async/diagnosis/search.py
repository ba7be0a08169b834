"""Delta debugging: of many things that together have an effect, few without which there is none.

Zeller's ddmin: halves, then smaller parts, then all but one part, as long as one of these has the effect. What is left
has it, and without any single thing of it there is none. Things that need each other stay together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")

#: The index of a candidate that has the effect, or None.
Find = Callable[[Sequence[Sequence[T]]], int | None]


def minimize(things: Sequence[T], find: Find[T], on_progress: Callable[[Sequence[T]], None]) -> list[T]:
    """All ``things`` together have the effect; ``on_progress`` is told each smaller set that has it."""
    current, parts = list(things), 2
    while len(current) > 1:
        chunks = _split(current, parts)
        if (at := find(chunks)) is not None:
            current, parts = chunks[at], 2
        else:
            # Without two halves, these are the halves once more.
            rests = [_without(chunks, each) for each in range(parts)] if parts > 2 else []
            if rests and (at := find(rests)) is not None:
                current, parts = rests[at], max(parts - 1, 2)
            elif parts == len(current):
                break
            else:
                parts = min(2 * parts, len(current))
                continue
        on_progress(current)
    return current


def _split(things: Sequence[T], parts: int) -> list[list[T]]:
    """Of nearly equal lengths, in their order."""
    edges = [len(things) * each // parts for each in range(parts + 1)]
    return [list(things[begin:end]) for begin, end in pairwise(edges)]


def _without(chunks: Sequence[Sequence[T]], left_out: int) -> list[T]:
    return [thing for at, chunk in enumerate(chunks) if at != left_out for thing in chunk]
