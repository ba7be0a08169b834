"""What ``--capture=sys`` and ``tee-sys`` hold in memory, copied to a file that outlives the worker.

::

    print --> sys.stdout: pytest's own text file --> CopiedBytes --> memory: pytest reads it as always
                                                          `------> a capture file: the host reads it if the worker dies
"""

from __future__ import annotations

import contextlib
import io
import os
from functools import partial
from typing import Any

from . import untouched
from .wire.system import write_at

# Bound before the test runs, as in untouched.py.
_ftruncate = partial(os.ftruncate)
_pwrite = write_at


class CopiedBytes(io.BytesIO):
    """Bytes in memory, with a copy in the file ``descriptor``. Where that is full or closed, the copy is incomplete."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._owner = untouched.getpid()

    def write(self, data: Any, /) -> int:
        # A process that the test has forked has a memory of its own, but the same file.
        if untouched.getpid() == self._owner:
            with contextlib.suppress(OSError):
                _pwrite(self._descriptor, data, self.tell())
        return super().write(data)

    def truncate(self, size: int | None = None, /) -> int:
        size = super().truncate(size)
        if untouched.getpid() == self._owner:
            with contextlib.suppress(OSError):
                _ftruncate(self._descriptor, size)
        return size


def copy_to(file: io.TextIOWrapper, descriptor: int) -> None:
    """Let this file of pytest's start anew, with a copy: whoever holds it goes on writing to it."""
    io.TextIOWrapper.__init__(file, CopiedBytes(descriptor), encoding="UTF-8", newline="", write_through=True)
