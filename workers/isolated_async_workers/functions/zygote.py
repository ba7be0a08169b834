"""A zygote for functions: a fresh interpreter that imports asyncio and cloudpickle, and forks a worker for each call.

::

    caller --exec--> python -c BOOTSTRAP --fork--> Zygote.serve --fork--> FunctionWorker: CallFunction, and leaves

It never imports pytest, nor anything of the caller's: each worker does that for itself.
"""

from __future__ import annotations

import gc
import os
import socket
import sys

from ..keeper import follow_a_keeper
from ..memory_reserve import MemoryReserve
from ..reserved_descriptors import CHANNEL, occupy
from ..result_channel import ResultChannel
from ..standard_library import StandardLibrary
from ..wire.control_socket import ControlSocket
from ..wire.descriptors import WorkerDescriptors
from ..wire.framing import FrameDecoder, encode
from ..wire.messages import CallFunction
from ..wire.shared_page import SharedPage
from ..zygote import Forks, Zygote, leaving
from .worker import FunctionWorker


def main(descriptor: int, host: int) -> None:
    """Be the zygote of the process ``host``, which holds the other end of the socket ``descriptor``."""
    connected = socket.socket(fileno=descriptor)
    connected.set_inheritable(False)
    control = ControlSocket(connected)
    # Now, while this process has one thread.
    follow_a_keeper(control, host)
    with leaving(control):
        # The types of its fields are evaluated when the first one arrives: once here, and not in each worker.
        FrameDecoder().feed(encode(CallFunction("", "", [], [], {})))
        gc.collect()
        Zygote(control, _FunctionWorkers()).serve()


class _FunctionWorkers(Forks):
    def __init__(self) -> None:
        self._reserve = MemoryReserve()
        self._library = StandardLibrary()
        self._library.keep()

    def be_worker(self, number: int, descriptors: WorkerDescriptors, page: SharedPage) -> None:
        _take_over(descriptors)
        FunctionWorker(ResultChannel(CHANNEL), page, self._reserve, self._library).serve()


def _take_over(descriptors: WorkerDescriptors) -> None:
    """Put a worker's own descriptors in their places; what it prints, the caller reads at its end."""
    occupy(descriptors)
    os.dup2(descriptors.captured_stdout, 1)
    os.dup2(descriptors.captured_stderr, 2)
    for descriptor in descriptors:
        os.close(descriptor)
    for stream in (sys.stdout, sys.stderr):
        # Complete lines are there when the process dies; the caller reads UTF-8, whatever the locale says.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
