"""Which pages of memory a fork has got copies of, and how it gets them all at once: proc(5), process_vm_writev(2)."""

from __future__ import annotations

import ctypes
import mmap
import os
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

_PRESENT = 1 << 63
#: Mapped by this process and no other (since Linux 4.2).
_EXCLUSIVE = 1 << 56
#: ``IOV_MAX`` (limits.h(0P)).
_MOST_AT_ONCE = 1024


class _Part(ctypes.Structure):
    """``struct iovec``."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


Copies = ctypes.Array[_Part]

# Bound before the test runs, as in untouched.py.
_open: Callable[..., Any] = partial(open)
_process_vm_writev = partial(ctypes.CDLL(None).process_vm_writev)


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


def to_copy(pages: Sequence[int]) -> list[Copies]:
    """The same pages for :func:`copy_pages`."""
    starts = [page * mmap.PAGESIZE for page in pages]
    chunks = [starts[first : first + _MOST_AT_ONCE] for first in range(0, len(starts), _MOST_AT_ONCE)]
    return [(_Part * len(chunk))(*[_Part(start, 1) for start in chunk]) for chunk in chunks]


def copy_pages(copies: Iterable[Copies]) -> None:
    """Get copies of these: the kernel reads a byte of each, and writes it where it was.

    Where that is not allowed (seccomp(2)), nothing happens.
    """
    for parts in copies:
        _process_vm_writev(os.getpid(), parts, len(parts), parts, len(parts), 0)
