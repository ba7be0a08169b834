"""A zygote that has collected nothing, and measures what its workers cost."""

from __future__ import annotations

from functools import partial

from ..bare_zygote import serve
from .marks import Marks
from .zygote import MeasuringZygote


def main(descriptor: int, host: int) -> None:
    """Be the zygote of the host process ``host``, which holds the other end of the socket ``descriptor``."""
    serve(descriptor, host, partial(MeasuringZygote, marks=Marks()))
