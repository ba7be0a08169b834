"""The pages of memory that a case writes to, so that a spare has its copies of them before its case comes.

::

    first worker --(after its case: which pages of the zygote's has it copied?)--> shared memory
    spare        <--(before it waits: copy them)-----------------------------------'

A fork shares the memory of its zygote page by page until one of both writes. What most cases write to is the same: the
reference counts of what every test uses. Copied one by one, in the middle of the test, these pages take as long as the
test itself. A spare copies them while another case runs; one that is forked for a case which waits copies them at once,
which takes no longer than one by one.

Nothing is read or changed on those pages.
"""

from __future__ import annotations

import contextlib
import mmap
from array import array
from collections.abc import Iterable, Iterator

from . import system

#: Pages: a test that has written to more is no example for others. Trivial tests write to a third of that.
_MOST = 4096
_ENTRY_BYTES = 8


class HotPages:
    """Made by the zygote when it is about to fork; used by its workers."""

    def __init__(self) -> None:
        """Raises OSError if there is no memory to share, or no list of what the zygote has."""
        self._of_the_zygote = system.writable_pages()
        # Of a count, and after it first pages and lengths. A worker that a test has made write anywhere may write
        # nonsense here: see _known.
        self._shared = mmap.mmap(-1, (1 + 2 * _MOST) * _ENTRY_BYTES)

    def copy(self) -> None:
        """In a worker that waits for its case."""
        for pages in self._known():
            system.copy_pages(pages)

    def learn(self) -> None:
        """In a worker whose case is over: note what it has copied, if no other has."""
        if self._read(0, 1)[0]:
            return
        # The test may have broken whatever this needs.
        with contextlib.suppress(BaseException):
            copied = system.copied_pages(self._of_the_zygote)
            if len(copied) <= _MOST:
                entries = [number for pages in _runs(copied) for number in (pages.start, len(pages))]
                self._write(1, entries)
                self._write(0, [len(entries)])

    def _known(self) -> Iterator[range]:
        count = min(self._read(0, 1)[0], 2 * _MOST)
        entries = self._read(1, count)
        left = _MOST
        for first, length in zip(entries[::2], entries[1::2], strict=False):
            left -= length
            if left < 0:
                return
            yield range(first, first + length)

    def _read(self, index: int, count: int) -> array[int]:
        return array("Q", self._shared[index * _ENTRY_BYTES : (index + count) * _ENTRY_BYTES])

    def _write(self, index: int, entries: list[int]) -> None:
        self._shared[index * _ENTRY_BYTES : (index + len(entries)) * _ENTRY_BYTES] = array("Q", entries).tobytes()


def _runs(pages: Iterable[int]) -> Iterator[range]:
    """Neighbours together; ``pages`` ascend."""
    run = range(0)
    for page in pages:
        if page != run.stop or not run:
            if run:
                yield run
            run = range(page, page)
        run = range(run.start, page + 1)
    if run:
        yield run
