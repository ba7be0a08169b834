"""The keeper kills what a zygote leaves behind, and ends as the zygote did, whatever happens to its signals."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Callable
from typing import NoReturn

from isolated_async_workers import process_tree, system
from isolated_async_workers.keeper import follow_a_keeper
from isolated_async_workers.wire.control_socket import ControlSocket

#: With which the zygote exits.
_STATUS = 3


def _be_kept(writer: int, host: int, prepare: Callable[[], object]) -> NoReturn:
    """In a fork: get a keeper, start a process that nobody ends, and leave."""
    try:
        prepare()
        control, _ = socket.socketpair()
        follow_a_keeper(ControlSocket(control), host)
        left = os.fork()
        if left == 0:
            signal.pause()
        os.write(writer, f"{left} {int(signal.getsignal(signal.SIGCHLD))}\n".encode())  # type: ignore[arg-type]
        os._exit(_STATUS)
    finally:
        os._exit(1)


def _keep(prepare: Callable[[], object]) -> tuple[int, bool, int]:
    """The exit status of the keeper, whether what the zygote has left is gone, and what SIGCHLD does in the zygote."""
    reader, writer = os.pipe()
    host = os.getpid()
    keeper = os.fork()
    if keeper == 0:
        _be_kept(writer, host, prepare)
    os.close(writer)
    _, status = os.waitpid(keeper, 0)
    with open(reader, "rb") as said:
        left, handler = map(int, said.readline().split())
    is_gone = system.has_ended(left)
    with contextlib.suppress(ProcessLookupError):
        os.kill(left, signal.SIGKILL)
    return os.waitstatus_to_exitcode(status), is_gone, handler


def test_what_the_zygote_has_left_is_killed() -> None:
    assert _keep(lambda: None) == (_STATUS, True, signal.SIG_DFL)


def test_also_where_the_ends_of_children_are_ignored() -> None:
    # The zygote may go on to import the suite, which finds this as it is in process.
    assert _keep(lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)) == (_STATUS, True, signal.SIG_IGN)


def test_also_where_it_is_told_to_end_when_the_zygote_has_ended_already() -> None:
    kill_strays = process_tree.kill_strays

    def interrupted(known: frozenset[int], listed: Callable[[], set[int]] = system.children) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        kill_strays(known, listed)

    def interrupt() -> None:
        process_tree.kill_strays = interrupted

    assert _keep(interrupt) == (_STATUS, True, signal.SIG_DFL)
