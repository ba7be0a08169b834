"""A page of memory that a worker shares with what has started it: for its last words, and for what it is asked.

::

    zygote, or the host where there is none <--last words-- page <--> worker
                                            --a question-->

It has no descriptor that a test could close, and to write on it takes no memory. A fork inherits the page itself; a
spawned worker is handed the file of it, and closes that. A question is written where a signal cannot say what it wants.
"""

from __future__ import annotations

import mmap
import os

from .last_words import CHANNEL_LOST, FAILED, OUT_OF_MEMORY
from .system import open_anonymous_file

#: Encoded before there is a test that may use up all memory.
_ENCODED = {words: words.encode("ascii") for words in (CHANNEL_LOST, FAILED, OUT_OF_MEMORY)}


class SharedPage:
    """Made before the worker, written by it, and read after its end."""

    def __init__(self, file: int = -1) -> None:
        """The page of ``file``, else a new one that forks inherit. Raises OSError if the system has no page left."""
        self._page = mmap.mmap(file, mmap.PAGESIZE)

    def leave(self, words: str) -> None:
        """Leave these words, and nothing that was left before."""
        encoded = _ENCODED[words]
        self._page.seek(0)
        self._page.write(encoded)
        self._page.write_byte(0)

    def read(self) -> str:
        """What was left; empty if nothing was, or nothing that a worker of ours leaves."""
        words = self._page[: mmap.PAGESIZE].partition(b"\0")[0].decode("ascii", "replace")
        return words if words in _ENCODED else ""

    def ask(self, question: int) -> None:
        """Write a question, from 1 to 255, for the worker."""
        self._page[-1] = question

    @property
    def question(self) -> int:
        """The last one that was asked; 0 before that."""
        return self._page[-1]

    def close(self) -> None:
        self._page.close()


def new_page_file() -> int:
    """A descriptor of a page that this process and those which it spawns can map. Raises OSError if there is none."""
    file = open_anonymous_file("last-words")
    make_page(file)
    return file


def make_page(file: int) -> None:
    """Give this empty file the size of a page. Raises OSError if there is no room."""
    os.ftruncate(file, mmap.PAGESIZE)
