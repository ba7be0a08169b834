"""Memory for the report of a test that has used up its own.

::

    zygote: set aside --fork--> worker: MemoryError in the test --release--> pytest builds the report as always
"""

from __future__ import annotations

import contextlib
import mmap
import resource

#: Address space, which costs no memory as long as nobody writes on it: several times what pytest needs to build the
#: report of a failure. A limit of the test's own (RLIMIT_AS) counts it.
RESERVE_BYTES = 16 * 1024 * 1024

_LIMITS = (resource.RLIMIT_AS, resource.RLIMIT_DATA)


class MemoryReserve:
    """Set aside when it is made, once, before any test; given back by ``release``."""

    def __init__(self) -> None:
        self._space = mmap.mmap(-1, RESERVE_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._soft_limits = [resource.getrlimit(limit)[0] for limit in _LIMITS]

    def release(self) -> None:
        """Give the memory back, and take back the limits that the test has set, as far as it has left that open."""
        self._space.close()
        for limit, soft in zip(_LIMITS, self._soft_limits, strict=True):
            with contextlib.suppress(OSError, ValueError):
                _, hard = resource.getrlimit(limit)
                # An unlimited one is -1 to Python.
                resource.setrlimit(limit, (hard if soft == -1 or -1 < hard < soft else soft, hard))
