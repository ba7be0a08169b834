"""A page of memory that the zygote shares with one worker, for the worker's last words.

It has no descriptor that a test could close, and to write on it takes no memory. A fork inherits the page itself; a
spawned worker is handed the file of it, and closes that.
"""

from __future__ import annotations

import mmap
import os

from .wire.last_words import CHANNEL_LOST, FAILED, OUT_OF_MEMORY
from .wire.system import open_anonymous_file

#: Encoded before there is a test that may use up all memory.
_ENCODED = {words: words.encode("ascii") for words in (CHANNEL_LOST, FAILED, OUT_OF_MEMORY)}


class SharedPage:
    """Made before the worker, written by it, and read by the zygote after its end."""

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

    def close(self) -> None:
        self._page.close()


def new_page_file() -> int:
    """A descriptor of a page that this process and those which it spawns can map. Raises OSError if there is none."""
    file = open_anonymous_file("last-words")
    os.ftruncate(file, mmap.PAGESIZE)
    return file
