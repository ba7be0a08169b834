"""Which pages of memory a fork has got copies of, and how it gets them all at once: proc(5), madvise(2)."""

from __future__ import annotations

import ctypes
import mmap
from array import array
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

_PRESENT = 1 << 63
#: Mapped by this process and no other (since Linux 4.2).
_EXCLUSIVE = 1 << 56
#: Since Linux 5.14; an older kernel refuses, and nothing is changed.
_MADV_POPULATE_WRITE = 23

# Bound before the test runs, as in untouched.py.
_open: Callable[..., Any] = partial(open)
_madvise = partial(ctypes.CDLL(None).madvise)


def writable_pages() -> list[range]:
    """The numbers of the pages that this process may write and shares with nobody but its forks."""
    found = []
    with _open("/proc/self/maps") as listing:
        for line in listing:
            addresses, access, *_ = line.split(maxsplit=2)
            if access.startswith("rw") and access.endswith("p"):
                first, last = (int(address, 16) // mmap.PAGESIZE for address in addresses.split("-"))
                found.append(range(first, last))
    return found


def copied_pages(among: Iterable[range]) -> list[int]:
    """Those that this process has for itself."""
    found: list[int] = []
    with _open("/proc/self/pagemap", "rb", buffering=0) as entries:
        for pages in among:
            entries.seek(pages.start * 8)
            flags: array[int] = array("Q", entries.read(len(pages) * 8))
            found += [page for page, flag in zip(pages, flags, strict=False) if flag & _PRESENT and flag & _EXCLUSIVE]
    return found


def copy_pages(pages: range) -> None:
    """Get copies of these, as if they had been written to."""
    start, size = pages.start * mmap.PAGESIZE, len(pages) * mmap.PAGESIZE
    _madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), _MADV_POPULATE_WRITE)
