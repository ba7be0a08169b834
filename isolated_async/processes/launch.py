"""How a zygote comes to be: forked from this very process, or as a fresh interpreter.

Forking inherits what is collected and imported, at once, but only a process with one thread and
no running loop can be forked safely. Everywhere else a fresh interpreter collects the suite for itself.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import socket
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from isolated_async_workers.wire.framing import encode
from isolated_async_workers.wire.messages import CollectSuite, CollectTests, ConnectMachine, ZygoteFailed
from isolated_async_workers.wire.system import WHY_NO_DESCRIPTORS, WHY_NO_FORKS, fork
from isolated_async_workers.wire.threads import count_threads, other_threads

from .coverage_settings import how_to_measure
from .fresh_interpreter import start_interpreter
from .import_path import standard_library_first
from .log_file import share_log_file
from .starts_workers import StartsWorkers
from .worker_starter import WorkerStarter
from .zygote_handle import ZygoteHandle

if TYPE_CHECKING:
    import unittest

#: What an option may be to be sent as it is.
_PLAIN = str | int | float


def why_not_fork() -> str | None:
    """Why this process must not be forked, or None if it may."""
    if WHY_NO_FORKS:
        return WHY_NO_FORKS
    count = count_threads()
    if count > 1:
        names = ", ".join(other_threads())
        return f"this process has {count} threads ({names or 'not started by Python'})"
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None and asyncio._get_running_loop() is not None:
        return "pytest was started inside a running event loop"
    return None


def fork_zygote(session: pytest.Session, basetemp: str) -> ZygoteHandle:
    """Fork this process, which has just collected, into a zygote."""

    def serve(control: socket.socket, host: int) -> None:
        # A step from the host's side to the worker's, taken by the child that changes sides.
        with standard_library_first():
            zygote: Any = importlib.import_module("isolated_async_workers.forked_zygote")
        zygote.serve_forked(session, control, host, basetemp)

    return _fork(serve)


def fork_zygote_of_tests(request: CollectTests, tests: list[unittest.TestCase]) -> ZygoteHandle:
    """Fork this process, which has loaded these tests of a unittest run and started none, into a zygote."""

    def serve(control: socket.socket, host: int) -> None:
        with standard_library_first():
            zygote: Any = importlib.import_module("isolated_async_workers.unittest_run.zygote")
        zygote.serve_forked(request, tests, control, host)

    return _fork(serve)


def _fork(serve: Callable[[socket.socket, int], None]) -> ZygoteHandle:
    ours, theirs = socket.socketpair()
    host = os.getpid()
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        # What is still buffered here would be written once more by every worker; a stream may be closed or None.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()  # type: ignore[union-attr]
    # Garbage that is collected here has its finalizers run once, and not in every process.
    gc.collect()
    with warnings.catch_warnings():
        # Its other threads, if there are any, are known to be harmless.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = fork()
    if pid == 0:
        # Every worker would have it: a test could have others killed, and the host's end would not close with the host.
        ours.close()
        _become_zygote(serve, theirs, host)
    theirs.close()
    return ZygoteHandle(ours, pid)


def _become_zygote(serve: Callable[[socket.socket, int], None], control: socket.socket, host: int) -> NoReturn:
    """In the forked child: leave the host's side. Whatever fails, this process never goes on as a second pytest."""
    try:
        serve(control, host)
    except BaseException:  # noqa: BLE001 - there is no frame of ours above this one that may see it
        control.sendall(encode(ZygoteFailed(traceback.format_exc())))
    finally:
        os._exit(1)


def options_of(config: pytest.Config) -> dict[str, object]:
    """The options whose values any process can have, as xdist gives all of them to its workers."""
    plain = {name: value for name, value in vars(config.option).items() if isinstance(value, _PLAIN | None)}
    # The temporary directory is this process's own.
    plain.pop("basetemp", None)
    return {**plain, **share_log_file(config)}


def suite_of(config: pytest.Config, basetemp: str) -> CollectSuite:
    """What a fresh interpreter has to know, to collect what this pytest was asked to collect."""
    further, coverage = how_to_measure(config)
    arguments = [*(str(argument) for argument in config.invocation_params.args), *further]
    worker_input = getattr(config, "workerinput", None)
    directory = str(config.invocation_params.dir)
    return CollectSuite(arguments, directory, basetemp, worker_input, options_of(config), coverage, [])


def spawn_zygote(suite: CollectSuite | CollectTests) -> ZygoteHandle:
    """Start a fresh interpreter that collects ``suite``, and becomes a zygote."""
    zygote = start_interpreter("isolated_async_workers.fresh_zygote")
    zygote.send(suite)
    return zygote


def spawn_relay(request: ConnectMachine) -> ZygoteHandle:
    """Start a fresh interpreter that stands for the zygote of another machine."""
    zygote = start_interpreter("isolated_async.remote.relay")
    zygote.send(request)
    return zygote


def start_spawner(*, measures: bool = False) -> StartsWorkers:
    """Start a zygote that collects nothing, but spawns workers; where there are no zygotes, a part of this process.

    A zygote ``measures`` what they cost, or not.
    """
    if WHY_NO_DESCRIPTORS:
        return WorkerStarter()
    return start_interpreter(f"isolated_async_workers.{'profiling.' if measures else ''}bare_zygote")
