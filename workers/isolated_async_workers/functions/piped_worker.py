"""The worker of one call where nothing is forked: a fresh interpreter with two pipes, as ``../piped_worker.py``."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from ..last_resort import leaving_as_worker
from ..memory_reserve import MemoryReserve
from ..piped_worker import take_over_pipes
from ..reserved_descriptors import ANSWERS, CHANNEL, watch_for_crashes
from ..result_channel import ResultChannel
from ..standard_library import StandardLibrary
from .worker import FunctionWorker


def main(number: int, *names: str) -> NoReturn:
    """Be worker ``number``; ``names`` are those of the page, and then of what is in ``WorkerDescriptors``."""
    page, own = take_over_pipes(*names)
    with leaving_as_worker(page):
        watch_for_crashes()
        for descriptor in own:
            os.close(descriptor)
        for stream in (sys.stdout, sys.stderr):
            # Complete lines are there when the process dies.
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        library = StandardLibrary()
        library.keep()
        FunctionWorker(ResultChannel(CHANNEL, ANSWERS), page, MemoryReserve(), library).serve()
    raise AssertionError("unreachable")
