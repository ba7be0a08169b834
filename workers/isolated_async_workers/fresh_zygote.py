"""A zygote that starts as a fresh interpreter and collects the suite for itself.

For hosts that must not be forked: under xdist, inside a running loop, or with a second thread of their own::

    python -c BOOTSTRAP descriptor sys.path...   -- CollectSuite | CollectTests -->  collect  -->  Zygote.serve
"""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Sequence
from typing import NoReturn

from .fresh_session import FreshSession, inside_the_test_loop
from .keeper import follow_a_keeper
from .own_streams import flush_streams
from .suite import Suite
from .suite_zygote import zygote_of
from .wire.control_socket import ControlSocket
from .wire.messages import CollectSuite, CollectTests
from .zygote import leaving


def main(descriptor: int, host: int) -> None:
    """Be the zygote of the host process ``host``, which holds the other end of the socket ``descriptor``."""
    connected = socket.socket(fileno=descriptor)
    connected.set_inheritable(False)
    control = ControlSocket(connected)
    # Now, while this process has one thread and has imported little.
    follow_a_keeper(control, host)
    with leaving(control):
        match _receive(control):
            case CollectTests() as request:
                # Only a unittest run needs it.
                from .unittest_run.zygote import import_suite

                _serve(import_suite(request), control, "", {}, ())
            case CollectSuite() as request:
                fresh = FreshSession(request)
                session = fresh.collect()

                def serve() -> NoReturn:
                    _serve(Suite(session), control, request.basetemp, fresh.not_forked, fresh.problems)

                # What plugins set up around all tests (log files, live logs) is there in a forked zygote too.
                inside_the_test_loop(session, serve)


def _serve(
    suite: Suite, control: ControlSocket, basetemp: str, not_forked: dict[str, str], problems: Sequence[str]
) -> NoReturn:
    gc.collect()
    # What it has printed is its own: a fork would print what waits in its buffers once more.
    flush_streams()
    zygote_of(suite, control, basetemp).serve(suite.node_ids, not_forked, problems)
    # Nor does anybody take down here what is around the tests.
    os._exit(0)


def _receive(control: ControlSocket) -> CollectSuite | CollectTests:
    while (message := control.next_message()) is None:
        if not control.fill():
            raise EOFError("the host closed the control socket before it sent what to collect")
    assert isinstance(message, CollectSuite | CollectTests)
    return message
