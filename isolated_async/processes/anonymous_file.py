"""Files without a name, for what a worker writes and the host reads if the worker dies."""

from __future__ import annotations

import os
import tempfile


def open_anonymous_file(purpose: str) -> int:
    """The descriptor of a new, empty, unlinked file that no child process inherits."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(f"isolated-async {purpose}")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def read_whole(descriptor: int, limit: int) -> str:
    """The last ``limit`` bytes of a file as text, from its start if it is shorter; the offset stays."""
    size = os.fstat(descriptor).st_size
    data = os.pread(descriptor, min(size, limit), max(0, size - limit))
    text = data.decode("utf-8", errors="replace")
    return text if size <= limit else f"[the first {size - limit} bytes are left out]\n{text}"
