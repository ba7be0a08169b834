"""Copies what workers write to the terminal uncaptured (``-s``) to the host's own streams, while they write it."""

from __future__ import annotations

import sys


class LiveOutput:
    """With ``whole_lines`` a line appears when it is complete, so that the lines of several workers do not mix."""

    def __init__(self, whole_lines: bool) -> None:
        self._whole_lines = whole_lines
        self._partial: dict[tuple[int, int], bytes] = {}

    def write(self, source: tuple[int, int], data: bytes) -> None:
        """Output of the worker and stream (1 or 2) that ``source`` names."""
        if self._whole_lines:
            data = self._partial.pop(source, b"") + data
            end = data.rfind(b"\n") + 1
            data, rest = data[:end], data[end:]
            if rest:
                self._partial[source] = rest
        if data:
            _write(source[1], data)

    def finish(self, worker: int) -> None:
        """The worker is gone: nothing will complete its last lines."""
        for stream in (1, 2):
            rest = self._partial.pop((worker, stream), b"")
            if rest:
                _write(stream, rest + b"\n")


def _write(stream: int, data: bytes) -> None:
    file = sys.stdout if stream == 1 else sys.stderr
    buffer = getattr(file, "buffer", None)
    if buffer is None:
        file.write(data.decode("utf-8", errors="replace"))
    else:
        file.flush()
        buffer.write(data)
    file.flush()
