"""Files without a name, for what a worker writes and the host reads if the worker dies."""

from __future__ import annotations

import os

from isolated_async_workers.wire.system import open_anonymous_file, read_at

__all__ = ("open_anonymous_file", "read_whole")


def read_whole(descriptor: int, limit: int) -> str:
    """The last ``limit`` bytes of a file as text, from its start if it is shorter; the offset stays."""
    size = os.fstat(descriptor).st_size
    data = read_at(descriptor, min(size, limit), max(0, size - limit))
    text = data.decode("utf-8", errors="replace")
    return text if size <= limit else f"[the first {size - limit} bytes are left out]\n{text}"
