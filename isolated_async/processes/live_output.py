"""What a worker writes uncaptured (``-s``, ``capsys.disabled()``), on its way to the host's own streams."""

from __future__ import annotations

import sys

from isolated_async_workers.wire.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class LiveOutput:
    """Bytes that a worker has written to descriptor 1 or 2."""

    stream: int
    data: bytes

    def write(self) -> None:
        """Write them to the host's stdout or stderr."""
        file = sys.stdout if self.stream == 1 else sys.stderr
        buffer = getattr(file, "buffer", None)
        if buffer is None:
            file.write(self.data.decode("utf-8", errors="replace"))
        else:
            file.flush()
            buffer.write(self.data)
        file.flush()
