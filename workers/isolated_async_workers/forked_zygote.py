"""A zygote that is a fork of the host, which has just collected: what is imported and collected is there at once."""

from __future__ import annotations

import socket
from typing import NoReturn

import pytest

from . import system
from .keeper import follow_a_keeper
from .suite import Suite
from .suite_zygote import zygote_of
from .wire.control_socket import ControlSocket
from .zygote import leaving


def serve_forked(session: pytest.Session, connected: socket.socket, host: int, basetemp: str) -> NoReturn:
    """Be the zygote from here on, in a process that the host ``host`` has just forked after collection."""
    control = ControlSocket(connected)
    with leaving(control):
        system.lead_group()
        follow_a_keeper(control, host)
        zygote_of(Suite(session), control, basetemp).serve()
    raise AssertionError("unreachable")
