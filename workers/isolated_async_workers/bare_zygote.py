"""A zygote that has collected nothing: every worker that it starts is a fresh interpreter."""

from __future__ import annotations

import os
import socket
from typing import NoReturn

from .keeper import follow_a_keeper
from .wire.control_socket import ControlSocket
from .wire.descriptors import WorkerDescriptors
from .wire.shared_page import SharedPage
from .zygote import Zygote, leaving


def main(descriptor: int, host: int) -> None:
    """Be the zygote of the host process ``host``, which holds the other end of the socket ``descriptor``."""
    connected = socket.socket(fileno=descriptor)
    connected.set_inheritable(False)
    control = ControlSocket(connected)
    follow_a_keeper(control, host)
    with leaving(control):
        Zygote(control, _refuse).serve()
    os._exit(0)


def _refuse(number: int, descriptors: WorkerDescriptors, page: SharedPage) -> NoReturn:
    raise AssertionError(f"there is nothing here that worker {number} could be a fork of")
