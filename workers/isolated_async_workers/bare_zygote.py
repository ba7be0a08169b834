"""A zygote that has collected nothing: every worker that it starts is a fresh interpreter."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import NoReturn

from .keeper import follow_a_keeper
from .wire.control_socket import ControlSocket
from .wire.descriptors import WorkerDescriptors
from .wire.shared_page import SharedPage
from .zygote import Forks, Zygote, leaving


def main(descriptor: int, host: int) -> None:
    """Be the zygote of the host process ``host``, which holds the other end of the socket ``descriptor``."""
    serve(descriptor, host, Zygote)


def serve(descriptor: int, host: int, make_zygote: Callable[[ControlSocket, Forks], Zygote]) -> None:
    """The same with a zygote of this making."""
    connected = socket.socket(fileno=descriptor)
    connected.set_inheritable(False)
    control = ControlSocket(connected)
    follow_a_keeper(control, host)
    with leaving(control):
        make_zygote(control, _NoForks()).serve()


class _NoForks(Forks):
    def be_worker(self, number: int, descriptors: WorkerDescriptors, page: SharedPage) -> NoReturn:
        raise AssertionError(f"there is nothing here that worker {number} could be a fork of")
