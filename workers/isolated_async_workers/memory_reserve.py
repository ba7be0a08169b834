"""Memory for the report of a test that has used up its own.

::

    zygote: set aside --fork--> worker: MemoryError in the test --> given back: pytest builds the report as always
"""

from __future__ import annotations

from . import system

#: Address space, which costs no memory as long as nobody writes on it: several times what pytest needs to build the
#: report of a failure. A limit of the test's own (RLIMIT_AS) counts it.
RESERVE_BYTES = 16 * 1024 * 1024

# Bound before the test runs.
_get_limit = system.get_limit
_set_limit = system.set_limit


class MemoryReserve:
    """Set aside when it is made, once, before any test; given back when a MemoryError leaves its ``with`` block."""

    def __init__(self) -> None:
        self._space = system.private_memory(RESERVE_BYTES)
        self._limits = [(limit, _get_limit(limit)) for limit in system.MEMORY_LIMITS]

    def __enter__(self) -> None:
        """Nothing happens before it is needed."""

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None and issubclass(kind, MemoryError):
            self._release()

    def _release(self) -> None:
        """Give the memory back, and take back the limits that the test has set, as far as it has left that open."""
        self._space.close()
        # Little is made here that needs memory: until the limits are lifted there may be none.
        for limit, before in self._limits:
            try:
                _set_limit(limit, before)
            except (OSError, ValueError):
                # It has given up the right to go back; up to its own hard limit is allowed.
                hard = _get_limit(limit)[1]
                _set_limit(limit, (hard, hard))
