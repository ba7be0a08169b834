"""The pages of memory that a case writes to, so that a spare has its copies of them before its case comes.

::

    first worker --(after its case: which pages of the zygote's has it copied?)--> zygote
    spare        <--(copies them before it waits, if a processor has nothing else to do)--'

A fork shares the memory of its zygote page by page until one of both writes. What most cases write to is the same: the
reference counts of what every test uses. Copied one by one, in the middle of the test, these pages take as long as the
test itself; a spare copies them while another case runs. Nothing is changed on them.
"""

from __future__ import annotations

import contextlib
import mmap
from array import array
from typing import Any

from . import system

#: Pages: a test that has written to more is no example for others. Trivial tests write to a third of that.
_MOST = 4096
_ENTRY_BYTES = 8


class HotPages:
    """Made by the zygote when it is about to fork; used by its workers."""

    def __init__(self) -> None:
        """Raises OSError if there is no memory to share, or no list of what the zygote has."""
        self._of_the_zygote = system.writable_pages()
        # Of a count and so many pages; from workers that tests may have made write anywhere.
        self._shared = mmap.mmap(-1, (1 + _MOST) * _ENTRY_BYTES)
        self._copies: Any = None

    def learn(self) -> None:
        """In a worker whose case is over: note what it has copied, if no other has."""
        # The test may have broken whatever this needs.
        with contextlib.suppress(BaseException):
            if self._copies is not None or self._read(0, 1)[0]:
                return
            copied = system.copied_pages(self._of_the_zygote)
            if len(copied) <= _MOST:
                self._write(1, copied)
                self._write(0, [len(copied)])

    def adopt(self) -> None:
        """In the zygote, before a fork: take what a worker has noted, if one has."""
        if self._copies is None and (count := self._read(0, 1)[0]):
            noted = self._read(1, min(count, _MOST))
            self._copies = system.to_copy([page for page in noted if any(page in own for own in self._of_the_zygote)])

    def copy(self) -> None:
        """In a worker that waits for its case."""
        if self._copies is not None:
            system.copy_pages(self._copies)

    def _read(self, index: int, count: int) -> array[int]:
        return array("Q", self._shared[index * _ENTRY_BYTES : (index + count) * _ENTRY_BYTES])

    def _write(self, index: int, entries: list[int]) -> None:
        self._shared[index * _ENTRY_BYTES : (index + len(entries)) * _ENTRY_BYTES] = array("Q", entries).tobytes()
