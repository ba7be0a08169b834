"""The text streams of a worker, whatever the test has made of them."""

from __future__ import annotations

import contextlib
import sys


def flush_originals() -> None:
    """What was printed and is not captured goes on its way before what is said next."""
    for name in ("__stdout__", "__stderr__"):
        _flush(name)


def flush_streams() -> None:
    """Everything that was printed."""
    for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
        _flush(name)


def _flush(name: str) -> None:
    # The test has closed or deleted it, or put something in its place that raises.
    with contextlib.suppress(BaseException):
        getattr(sys, name).flush()
