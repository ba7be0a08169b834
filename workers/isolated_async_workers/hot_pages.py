"""The pages of memory that a case writes to, so that a spare has its copies of them before its case comes.

::

    first workers --(after their cases: which pages of the zygote's have they copied?)--> zygote
    spare         <--(copies those that most of them have, before it waits for its case)----'

A fork shares the memory of its zygote page by page until one of both writes. What most cases write to is the same: the
reference counts of what every test uses. Copied one by one, in the middle of the test, these pages take as long as the
test itself; a spare copies them while another case runs. Nothing is changed on them.
"""

from __future__ import annotations

import contextlib
import mmap
from array import array
from collections import Counter
from typing import Any

from . import system

#: Pages: a test that has written to more is no example for others. Trivial tests write to a third of that.
_MOST = 4096
_ENTRY_BYTES = 8
#: Workers that note what they have copied. What two of them have, most will need.
_EXAMPLES = 3
_AGREE = 2
#: Of a count and so many pages.
_ENTRIES = 1 + _MOST


class HotPages:
    """Made by the zygote when it is about to fork; used by its workers."""

    def __init__(self) -> None:
        """Raises OSError if there is no memory to share, or no list of what the zygote has."""
        self._of_the_zygote = system.writable_pages()
        # From workers that tests may have made write anywhere.
        self._shared = mmap.mmap(-1, _EXAMPLES * _ENTRIES * _ENTRY_BYTES)
        self._copies: Any = None

    def learn(self) -> None:
        """In a worker whose case is over: note what it has copied, if there are not enough examples yet."""
        # The test may have broken whatever this needs.
        with contextlib.suppress(BaseException):
            free = [example for example in range(_EXAMPLES) if not self._noted(example)]
            if self._copies is None and free:
                copied = system.copied_pages(self._of_the_zygote)
                if len(copied) <= _MOST:
                    # Two at a time may write to the same place: then it has pages of both.
                    self._write(free[0] * _ENTRIES + 1, copied)
                    self._write(free[0] * _ENTRIES, [len(copied)])

    def adopt(self) -> None:
        """In the zygote, before a fork: take what workers have noted, if they are enough."""
        if self._copies is None and all(counts := [self._noted(example) for example in range(_EXAMPLES)]):
            votes = Counter(
                page for example, count in enumerate(counts) for page in set(self._read(example * _ENTRIES + 1, count))
            )
            hot = sorted(page for page, count in votes.items() if count >= _AGREE)
            self._copies = system.to_copy([page for page in hot if any(page in own for own in self._of_the_zygote)])

    def copy(self) -> None:
        """In a worker that waits for its case."""
        if self._copies is not None:
            system.copy_pages(self._copies)

    def _noted(self, example: int) -> int:
        (count,) = self._read(example * _ENTRIES, 1)
        return min(count, _MOST)

    def _read(self, index: int, count: int) -> array[int]:
        return array("Q", self._shared[index * _ENTRY_BYTES : (index + count) * _ENTRY_BYTES])

    def _write(self, index: int, entries: list[int]) -> None:
        self._shared[index * _ENTRY_BYTES : (index + len(entries)) * _ENTRY_BYTES] = array("Q", entries).tobytes()
