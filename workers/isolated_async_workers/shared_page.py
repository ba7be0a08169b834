"""A page of memory that the zygote shares with one worker, for the worker's last words.

It has no descriptor that a test could close, and to write on it takes no memory.
"""

from __future__ import annotations

import mmap

from .wire.last_words import CHANNEL_LOST, FAILED, OUT_OF_MEMORY

#: Encoded before there is a test that may use up all memory.
_ENCODED = {words: words.encode("ascii") for words in (CHANNEL_LOST, FAILED, OUT_OF_MEMORY)}


class SharedPage:
    """Made before the fork, written by the worker, read by the zygote after the worker's end."""

    def __init__(self) -> None:
        """Raises OSError if the system has no page left."""
        self._page = mmap.mmap(-1, mmap.PAGESIZE)

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
